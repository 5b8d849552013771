import { join } from 'node:path';
import { CalibrantError } from '../../contract/errors.ts';
import type { DoctorResult } from '../../contract/evidence.ts';
import type { JobSpec } from '../../contract/jobs.ts';
import type { Problem } from '../../contract/model.ts';
import type { EvaluateResult } from '../../contract/results.ts';
import type { JobData } from '../job-data.ts';
import { judgeAlike, type JudgedModel } from '../judged-model.ts';
import { readModelFile } from '../model-file.ts';
import { note, warning } from '../problems.ts';
import type { JobContext, ProgressMeter } from '../progress.ts';
import { evaluateModels } from '../stages/evaluate.ts';
import { quantize } from '../stages/quantize.ts';

type Readings = DoctorResult['accuracy'];

/** More would take longer than a look may. */
const MOST_EVALUATED = 100;

/**
 * Quantizes with half and with all of the images that calibrate, and evaluates both results on images that calibrate neither. What stands in the way is a
 * remark, not an error: the ranges have been looked at by then.
 */
export async function accuracyAtTwoSizes(
  spec: Extract<JobSpec, { kind: 'doctor' }>,
  data: JobData,
  calibrating: number,
  context: JobContext,
): Promise<{ accuracy: Readings; remarks: Problem[] }> {
  const evaluated = data.order.slice(spec.recipe.samples, spec.recipe.samples + MOST_EVALUATED);
  const half = Math.floor(calibrating / 2);
  if (!data.items.some(({ label, boxes, mask }) => label !== null || boxes !== undefined || mask !== undefined)) {
    return without('doctor-no-labels', 'The data have no labels, so the accuracy with fewer images is not known.');
  }
  if (evaluated.length === 0 || half === 0) {
    const why = half === 0 ? 'one image has no half' : 'all images calibrate, and none is left to evaluate on';
    return without('doctor-no-accuracy', `The accuracy with half of the images is not known: ${why}.`);
  }
  const sizes = [half, calibrating];
  const total = sizes.reduce((sum, size) => sum + size + evaluated.length, 0);
  context.progress.start('evaluate', total);
  const accuracy: Readings = [];
  try {
    for (const samples of sizes) {
      const inside = { ...context, progress: countedWithin(context.progress, samples + evaluated.length) };
      const result = await evaluateWith(spec, samples, evaluated, inside);
      inside.progress.complete();
      const reading = headlineOf(result);
      if (reading) accuracy.push({ images: samples, ...reading, evaluated: result.images });
    }
  } catch (error) {
    if (!(error instanceof CalibrantError) || error.code === 'job-cancelled') throw error;
    return { accuracy: [], remarks: [warning('doctor-no-accuracy', `The accuracy with half and with all of the images is not known: ${error.message}`)] };
  }
  return accuracy.length > 0
    ? { accuracy, remarks: [] }
    : without('doctor-no-accuracy', 'The outputs have no metric that the labels fit, so the accuracy is not known.');
}

async function evaluateWith(spec: Extract<JobSpec, { kind: 'doctor' }>, samples: number, positions: Uint32Array, context: JobContext): Promise<EvaluateResult> {
  const output = join(spec.work, `${samples}.onnx`);
  const { model, cache, recipe } = spec;
  const { data } = await quantize(
    { kind: 'quantize', model, data: spec.data, recipe: { ...recipe, samples }, output, ...(cache === undefined ? {} : { cache }) },
    context,
  );
  const [judged] = judgeAlike([await readModelFile(output)]) as [JudgedModel];
  return evaluateModels(judged, undefined, data as JobData, positions, context);
}

/** Of a model that is compared with nothing. */
function headlineOf({ headline, top1 }: EvaluateResult): { metric: string; value: number } | null {
  if (headline && headline.unit === '%' && headline.metric !== 'agreement' && headline.value !== null)
    return { metric: headline.metric, value: headline.value };
  return top1 === null ? null : { metric: 'top-1', value: top1 };
}

function without(code: string, message: string): { accuracy: Readings; remarks: Problem[] } {
  return { accuracy: [], remarks: [note(code, message)] };
}

/** Of the stages within, only images count, `total` of them; those that statistics known from before spared are made up for in the end. */
function countedWithin(outer: ProgressMeter, total: number): ProgressMeter & { complete(): void } {
  let counts = false;
  let done = 0;
  const step = (): void => {
    if (done === total) return;
    done += 1;
    outer.step();
  };
  return {
    start: (stage) => void (counts = stage === 'statistics' || stage === 'evaluate'),
    step: () => (counts ? step() : undefined),
    complete: () => {
      while (done < total) step();
    },
  };
}
