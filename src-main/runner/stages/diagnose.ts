import type { JobSpec } from '../../contract/jobs.ts';
import type { DiagnoseResult } from '../../contract/results.ts';
import { comparedWarnings, type Found } from '../compared-warnings.ts';
import { comparePairs } from '../diagnose/comparisons.ts';
import { channelsOf, describe } from '../diagnose/describe.ts';
import { findBlame } from '../diagnose/sensitivity.ts';
import { pairModels } from '../diagnose/pair-sessions.ts';
import { notANumber } from '../explain.ts';
import { openJobData, provenanceOf, takeSamples, type JobData } from '../job-data.ts';
import { floatEndNotes, judgeAlike, type JudgedModel } from '../judged-model.ts';
import { readModelFile } from '../model-file.ts';
import { fewerWarning, skippedWarning } from '../problems.ts';
import type { JobContext } from '../progress.ts';
import { describeProvenance } from '../provenance.ts';

export const DIAGNOSE_STAGES = ['load', 'diagnose', 'sensitivity'] as const;

/** Layers that are measured one by one unless a job says how many. */
const CONFIRMED_LAYERS = 8;

export async function diagnose(spec: Extract<JobSpec, { kind: 'diagnose' }>, context: JobContext): Promise<DiagnoseResult> {
  context.progress.start('load', 1);
  const [float, quantized] = judgeAlike([await readModelFile(spec.float), await readModelFile(spec.quantized)]) as [JudgedModel, JudgedModel];
  const data = await openJobData(spec.data, float.model.graph.inputs);
  const positions = takeSamples(data, spec.skipSamples, spec.samples);
  context.progress.step();
  const result = await diagnoseModels(float, quantized, data, positions, context, spec.confirm);
  return { ...result, warnings: [...result.warnings, ...fewerWarning(positions.length, spec.samples)] };
}

/**
 * Error of every tensor that both models have: cumulative (both graphs on the same image) and local (only this tensor's own quantization, applied to the
 * float values); error of the weights; and which layers matter to the outputs. Throws `model-mismatch`, `model-refused-by-runtime`, `job-cancelled`.
 */
export async function diagnoseModels(
  float: JudgedModel,
  quantized: JudgedModel,
  data: JobData,
  positions: Uint32Array,
  context: JobContext,
  confirm = CONFIRMED_LAYERS,
): Promise<DiagnoseResult> {
  context.progress.start('diagnose', positions.length);
  const models = pairModels(float, quantized, data.input);
  const { sums, input, images, skipped } = await comparePairs(models, [float, quantized], data, positions, context);
  const measured = models.pairs.map((pair, index) => ({ pair, sums: sums[index] ?? null, images }));
  const described = measured.map(describe);
  const broken = described.find(({ tensor }) => Number.isNaN(tensor?.cumulative.mse));
  if (broken) throw notANumber([float, quantized], `in the tensor ${broken.name}`);
  const found: Found = {
    compared: described.flatMap(({ tensor }) => (tensor && Number.isFinite(tensor.cumulative.mse) ? [tensor] : [])),
    absent: models.unmatched,
    unlike: described.flatMap(({ name, tensor }) => (tensor ? [] : [name])),
    // No schema and no file has a number for an infinite error.
    infinite: described.flatMap(({ name, tensor }) => (tensor?.cumulative.mse === Infinity ? [name] : [])),
  };
  const { weights, sensitivity, problems } = await findBlame(models, [float, quantized], { pairs: measured, input }, data, positions, confirm, context);
  const compared = new Set(found.compared.map(({ name }) => name));
  return {
    images,
    skipped,
    tensors: found.compared,
    weights,
    sensitivity,
    channels: measured.filter(({ pair }) => compared.has(pair.name)).flatMap(channelsOf),
    unmatched: [...found.absent, ...found.unlike, ...found.infinite],
    warnings: [
      ...data.problems,
      ...floatEndNotes([float, quantized]),
      ...(skipped.length > 0 ? [skippedWarning(skipped.length, images)] : []),
      ...comparedWarnings(found, float.name, quantized.name),
      ...problems,
    ],
    provenance: await describeProvenance({ modelSha256: quantized.sha256, ...(await provenanceOf(data)) }),
  };
}
