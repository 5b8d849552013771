import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { JobSpec } from '../../contract/jobs.ts';
import type { Problem } from '../../contract/model.ts';
import type { Recipe } from '../../contract/recipe.ts';
import type { Placement, QuantizeResult } from '../../contract/results.ts';
import { assertQuantizable } from '../../core/onnx/support.ts';
import { statisticsToFile } from '../../core/quant/statistics-file.ts';
import { openJobData, provenanceOf, type JobData } from '../job-data.ts';
import { readModelFile, type ModelFile } from '../model-file.ts';
import { checkOutput, writeWhole } from '../output-file.ts';
import { writeOutputModel, type WrittenModel } from '../output-model.ts';
import { peakRssBytes } from '../peak-memory.ts';
import { skippedWarning, warning } from '../problems.ts';
import type { JobContext } from '../progress.ts';
import { describeProvenance } from '../provenance.ts';
import { keepQuantized, sourceOf, type Source } from '../quantize/existing.ts';
import { quantizeToHalf } from '../quantize/half.ts';
import { quantizeToIntegers } from '../quantize/integers.ts';
import type { Outcome } from '../quantize/outcome.ts';
import { verifyModel } from '../quantize/verify.ts';
import type { Observed } from './statistics.ts';

export const QUANTIZE_STAGES = ['load', 'statistics', 'parameters', 'emit', 'verify'] as const;

export interface Quantized {
  result: QuantizeResult;
  float: ModelFile;
  /** null where the recipe needed no images and none were given. */
  data: JobData | null;
}

type Spec = Extract<JobSpec, { kind: 'quantize' | 'run' }>;

/**
 * Float model and images in, quantized model out. The file is there only once ONNX Runtime has loaded and run it.
 * Throws every code that a bad model, bad data or a bad output place can have.
 */
export async function quantize(spec: Spec, context: JobContext): Promise<Quantized> {
  const { progress, signal } = context;
  progress.start('load', 1);
  await checkOutput(spec.output, [spec.model]);
  if (spec.statistics !== undefined) await checkOutput(spec.statistics, [spec.model, spec.output]);
  const float = await readModelFile(spec.model);
  await checkOutput(
    spec.output,
    float.external.map(({ name }) => join(dirname(float.path), name)),
  );
  // What is wrong with the model is told before what is wrong with the data.
  const source = sourceOf(float.model, spec.recipe);
  if (!source.kept) assertQuantizable(source.float);
  const data = spec.data ? await openJobData({ ...spec.data, seed: spec.recipe.seed }, source.float.graph.inputs) : null;
  const outcome = await makeOutcome(source, data, spec, context);

  progress.start('verify', 1);
  if (spec.statistics !== undefined) await writeWhole(spec.statistics, encodeStatistics(outcome.observed));
  let written: WrittenModel;
  try {
    written = await writeOutputModel(spec.output, outcome.model, {
      signal,
      external: float.external.length > 0,
      verify: verifyModel,
    });
  } catch (error) {
    if (spec.statistics !== undefined) await rm(spec.statistics, { force: true });
    throw error;
  }
  progress.step();
  context.log('info', `The quantized model takes ${sizeText(written.bytes)}, the float model ${sizeText(float.bytes)}; ONNX Runtime runs it.`);

  const { observed } = outcome;
  const warnings = [...(data?.problems ?? []), ...outcome.warnings, ...(observed ? sampleWarnings(spec.recipe, observed) : [])];
  for (const { severity, message } of warnings) context.log(severity === 'note' ? 'info' : 'warn', message);
  const ofData = data ? await provenanceOf(data) : { dataSha256: '', preprocess: null, seed: spec.recipe.seed };
  return {
    float,
    data,
    result: {
      output: spec.output,
      outputSha256: written.sha256,
      recipe: spec.recipe,
      images: observed?.images ?? 0,
      skipped: observed?.skipped ?? [],
      sizeBytes: { float: float.bytes, quantized: written.bytes },
      nodes: countNodes(outcome.placements),
      placements: outcome.placements,
      tensors: outcome.tensors,
      warnings,
      differences: outcome.differences,
      external: written.external,
      statistics: observed?.source ?? 'none',
      seconds: outcome.seconds,
      peakRssBytes: peakRssBytes(),
      provenance: await describeProvenance({ modelSha256: float.sha256, ...ofData }),
    },
  };
}

async function makeOutcome(source: Source, data: JobData | null, { recipe, cache }: Spec, context: JobContext): Promise<Outcome> {
  if (source.kept) return keepQuantized(source.kept, context);
  const outcome =
    recipe.format === 'float16'
      ? await quantizeToHalf({ float: source.float, data, recipe, cache }, context)
      : await quantizeToIntegers({ float: source.float, trained: source.trained, data, recipe, cache }, context);
  if (outcome.observed) context.log('info', `Statistics of ${outcome.observed.images} samples took ${outcome.seconds.statistics.toFixed(1)} s (${outcome.observed.source}).`); // prettier-ignore
  return { ...outcome, warnings: [...source.notes, ...outcome.warnings] };
}

function countNodes(placements: readonly Placement[]): QuantizeResult['nodes'] {
  const count = (...wanted: Placement['placement'][]) => placements.filter(({ placement }) => wanted.includes(placement)).length;
  return { integer: count('integer'), float: count('float', 'float16') };
}

function sampleWarnings({ samples }: Recipe, { images, skipped }: Observed): Problem[] {
  const problems: Problem[] = [];
  if (skipped.length > 0) problems.push(skippedWarning(skipped.length, images));
  if (images + skipped.length < samples) {
    problems.push(warning('data-fewer-samples', `Only ${images} of the ${samples} samples asked for calibrate: the data have no more.`));
  }
  return problems;
}

function encodeStatistics(observed: Observed | null): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(statisticsToFile(observed?.statistics ?? new Map())));
}

function sizeText(bytes: number): string {
  return bytes < 1e6 ? `${Math.round(bytes / 1000)} kB` : `${(bytes / 1e6).toPrecision(3)} MB`;
}
