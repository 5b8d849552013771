import { rm } from 'node:fs/promises';
import type { JobSpec, Stage } from '../../contract/jobs.ts';
import type { Problem } from '../../contract/model.ts';
import type { EvaluateResult, RunResult } from '../../contract/results.ts';
import { judgeAlike, type JudgedModel } from '../judged-model.ts';
import { readModelFile } from '../model-file.ts';
import { warning } from '../problems.ts';
import type { JobContext } from '../progress.ts';
import { diagnoseModels } from './diagnose.ts';
import { evaluateModels } from './evaluate.ts';
import { quantize, QUANTIZE_STAGES } from './quantize.ts';

export const RUN_STAGES: readonly Stage[] = [...QUANTIZE_STAGES, 'evaluate', 'speed', 'diagnose', 'sensitivity'];

/** More images hardly change the error of a tensor. */
const DIAGNOSED_IMAGES = 32;

/**
 * All of one run: quantizes, then judges the file that was written, on the images that did not calibrate. When any of it fails, the files go again.
 */
export async function run(spec: Extract<JobSpec, { kind: 'run' }>, context: JobContext): Promise<RunResult> {
  const { result, float: original, data } = await quantize(spec, context);
  if (!data) throw new Error('A run is judged on its data, and has none');
  try {
    const [quantized, float] = judgeAlike([await readModelFile(spec.output), original]) as [JudgedModel, JudgedModel];
    const fresh = data.order.slice(spec.recipe.samples);
    const positions = fresh.length > 0 ? fresh : data.order;
    const evaluation = await evaluateModels(quantized, float, data, positions, context, { profile: { placements: result.placements } });
    context.log('info', `Both models ran on ${evaluation.images} samples${accuracies(evaluation)}.`);
    const diagnosis = await diagnoseModels(float, quantized, data, positions.slice(0, DIAGNOSED_IMAGES), context);
    context.log('info', `${diagnosis.tensors.length} tensors compared with float on ${diagnosis.images} samples.`);
    const warnings = [...(fresh.length > 0 ? [] : [overlap(positions.length)]), ...evaluation.warnings];
    return { quantize: result, evaluate: { ...evaluation, warnings }, diagnose: diagnosis };
  } catch (error) {
    for (const path of [spec.output, spec.statistics]) await rm(path, { force: true });
    throw error;
  }
}

function accuracies({ top1, against }: EvaluateResult): string {
  return top1 === null || against?.top1 == null ? '' : `: top-1 ${top1.toFixed(1)} % INT8, ${against.top1.toFixed(1)} % float`;
}

function overlap(images: number): Problem {
  return warning(
    'evaluation-on-calibration-images',
    `All ${images} images calibrated, so the same ones had to evaluate: the accuracy may look better than it is. Add images, or calibrate with fewer.`,
  );
}
