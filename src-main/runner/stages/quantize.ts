import { rm } from 'node:fs/promises';
import type { JobSpec } from '../../contract/jobs.ts';
import type { Problem } from '../../contract/model.ts';
import type { Recipe } from '../../contract/recipe.ts';
import type { QuantizeResult } from '../../contract/results.ts';
import { fixInputShapes } from '../../core/onnx/fix-shapes.ts';
import type { Model } from '../../core/onnx/graph.ts';
import { prepareModel } from '../../core/onnx/prepare.ts';
import { assertQuantizable } from '../../core/onnx/support.ts';
import { writeModel } from '../../core/onnx/write.ts';
import { emitQdq } from '../../core/quant/emit/qdq.ts';
import { chooseParameters } from '../../core/quant/parameters.ts';
import { planQuantization } from '../../core/quant/plan.ts';
import { estimateRanges } from '../../core/quant/ranges.ts';
import { quantizedTensors } from '../../core/quant/report.ts';
import { statisticsToFile } from '../../core/quant/statistics-file.ts';
import type { Plan, QuantizedGraph } from '../../core/quant/types.ts';
import { sha256 } from '../data/hash.ts';
import { throwIfCancelled } from '../feed.ts';
import { openJobData, provenanceOf, takeSamples, type JobData } from '../job-data.ts';
import { readModelFile, type ModelFile } from '../model-file.ts';
import { checkOutput, writeWhole } from '../output-file.ts';
import { note, skippedWarning, warning } from '../problems.ts';
import type { JobContext } from '../progress.ts';
import { describeProvenance } from '../provenance.ts';
import { openSession } from '../session.ts';
import { collectStatistics, type Observed } from './statistics.ts';

export const QUANTIZE_STAGES = ['load', 'statistics', 'parameters', 'emit', 'verify'] as const;

export interface Quantized {
  result: QuantizeResult;
  float: ModelFile;
  data: JobData;
}

/**
 * Float model and images in, INT8 model out: plan → statistics → parameters → QDQ. The file is there only once ONNX Runtime has loaded it.
 * Throws every code that a bad model, bad data or a bad output place can have.
 */
export async function quantize(spec: Extract<JobSpec, { kind: 'quantize' | 'run' }>, context: JobContext): Promise<Quantized> {
  const { progress, signal } = context;
  progress.start('load', 1);
  await checkOutput(spec.output, [spec.model]);
  if (spec.statistics !== undefined) await checkOutput(spec.statistics, [spec.model, spec.output]);
  const float = await readModelFile(spec.model);
  assertQuantizable(float.model);
  const data = await openJobData({ ...spec.data, seed: spec.recipe.seed }, float.model.graph.inputs);
  const { plan, notes } = planFor(float.model, data.input, spec.recipe);
  const positions = takeSamples(data, 0, spec.recipe.samples);
  context.log(
    'info',
    `${float.name}: ${plan.placements.filter(({ placement }) => placement === 'integer').length} of ${plan.placements.length} nodes become integer, ${plan.observed.length} tensors are observed on ${positions.length} samples.`,
  );
  throwIfCancelled(signal);
  progress.step();

  let time = stopwatch();
  const observed = await collectStatistics(plan, data, positions, context);
  const seconds = { statistics: time(), parameters: 0, emit: 0 };
  context.log('info', `Statistics of ${observed.images} samples took ${seconds.statistics.toFixed(1)} s.`);

  progress.start('parameters', 1);
  time = stopwatch();
  const quantized = chooseParameters(plan, estimateRanges(plan, observed.statistics, spec.recipe.range));
  seconds.parameters = time();
  throwIfCancelled(signal);
  progress.step();

  progress.start('emit', 1);
  time = stopwatch();
  const bytes = writeModel(emitQdq(quantized));
  seconds.emit = time();
  throwIfCancelled(signal);
  progress.step();

  progress.start('verify', 1);
  if (spec.statistics !== undefined) await writeWhole(spec.statistics, encodeStatistics(observed));
  try {
    await writeWhole(spec.output, bytes, async (temporary) => {
      await (await openSession(temporary, 'the quantized model')).close();
      throwIfCancelled(signal);
    });
  } catch (error) {
    if (spec.statistics !== undefined) await rm(spec.statistics, { force: true });
    throw error;
  }
  progress.step();
  context.log('info', `The INT8 model takes ${sizeText(bytes.length)}, the float model ${sizeText(float.bytes)}; ONNX Runtime loads it.`);

  const warnings = [...data.problems, ...notes, ...quantized.warnings, ...sampleWarnings(spec.recipe, observed)];
  for (const { severity, message } of warnings) context.log(severity === 'note' ? 'info' : 'warn', message);
  const provenance = await describeProvenance({ modelSha256: float.sha256, ...(await provenanceOf(data)) });
  return {
    float,
    data,
    result: {
      output: spec.output,
      outputSha256: sha256(bytes),
      recipe: spec.recipe,
      images: observed.images,
      skipped: observed.skipped,
      sizeBytes: { float: float.bytes, quantized: bytes.length },
      nodes: countNodes(quantized),
      placements: plan.placements,
      tensors: quantizedTensors(quantized),
      warnings,
      seconds,
      peakRssBytes: process.resourceUsage().maxRSS * 1024,
      provenance,
    },
  };
}

/** The plan for a model whose input comes from these data; `input` fixes the dimensions that the model leaves open. */
export function planFor(model: Model, input: { name: string; shape: number[] } | null, recipe: Recipe): { plan: Plan; notes: Problem[] } {
  const fixed = input ? fixInputShapes(model, new Map([[input.name, input.shape]])) : model;
  const { model: prepared, notes } = prepareModel(fixed);
  return { plan: planQuantization(prepared, recipe), notes: [...notes, ...batchNote(model)] };
}

/** Tensors are laid out for one image, as devices run them. */
function batchNote({ graph }: Model): Problem[] {
  const dynamic = graph.inputs.some(({ shape }) => typeof shape?.[0] !== 'number');
  return dynamic ? [note('batch-fixed', 'The float model takes any number of images at a time; the quantized one takes one.')] : [];
}

function countNodes({ plan }: QuantizedGraph): QuantizeResult['nodes'] {
  const count = (placement: 'integer' | 'float') => plan.placements.filter((node) => node.placement === placement).length;
  return { integer: count('integer'), float: count('float') };
}

function sampleWarnings({ samples }: Recipe, { images, skipped }: Observed): Problem[] {
  const problems: Problem[] = [];
  if (skipped.length > 0) problems.push(skippedWarning(skipped.length, images));
  if (images + skipped.length < samples) {
    problems.push(warning('data-fewer-samples', `Only ${images} of the ${samples} samples asked for calibrate: the data have no more.`));
  }
  return problems;
}

function encodeStatistics({ statistics }: Observed): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(statisticsToFile(statistics)));
}

function sizeText(bytes: number): string {
  return bytes < 1e6 ? `${Math.round(bytes / 1000)} kB` : `${(bytes / 1e6).toPrecision(3)} MB`;
}

function stopwatch(): () => number {
  const start = performance.now();
  return () => (performance.now() - start) / 1000;
}
