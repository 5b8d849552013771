import type { Skipped } from '../../contract/data.ts';
import { CalibrantError } from '../../contract/errors.ts';
import type { JobSpec } from '../../contract/jobs.ts';
import type { DiagnosedTensor, DiagnoseResult } from '../../contract/results.ts';
import { createErrorMeter, type ErrorMeter } from '../../core/metrics/tensor-error.ts';
import type { Model } from '../../core/onnx/graph.ts';
import { fixInputShapes } from '../../core/onnx/fix-shapes.ts';
import { withOutputs } from '../../core/onnx/outputs.ts';
import { writeModel } from '../../core/onnx/write.ts';
import { fakeQuantize } from '../../core/quant/fake.ts';
import { matchTensors, type TensorPair } from '../../core/quant/match.ts';
import { comparedWarnings, type Found } from '../compared-warnings.ts';
import { explain, notANumber } from '../explain.ts';
import { feed } from '../feed.ts';
import { openJobData, provenanceOf, takeSamples, type JobData } from '../job-data.ts';
import { floatEndNotes, judgeAlike, type JudgedModel } from '../judged-model.ts';
import { readModelFile, type ModelFile } from '../model-file.ts';
import { fewerWarning, skippedWarning } from '../problems.ts';
import type { JobContext } from '../progress.ts';
import { describeProvenance } from '../provenance.ts';
import { openSession, type Session } from '../session.ts';

export const DIAGNOSE_STAGES = ['load', 'diagnose'] as const;

export async function diagnose(spec: Extract<JobSpec, { kind: 'diagnose' }>, context: JobContext): Promise<DiagnoseResult> {
  context.progress.start('load', 1);
  const [float, quantized] = judgeAlike([await readModelFile(spec.float), await readModelFile(spec.quantized)]) as [JudgedModel, JudgedModel];
  const data = await openJobData(spec.data, float.model.graph.inputs);
  const positions = takeSamples(data, spec.skipSamples, spec.samples);
  context.progress.step();
  const result = await diagnoseModels(float, quantized, data, positions, context);
  return { ...result, warnings: [...result.warnings, ...fewerWarning(positions.length, spec.samples)] };
}

/** One float tensor and its quantized counterpart over the images. */
interface Probe {
  pair: TensorPair;
  cumulative: ErrorMeter;
  local: ErrorMeter | null;
  elements: number;
}

/**
 * Error of every tensor that both models have: cumulative (both graphs on the same image) and local (only this tensor's own quantization, applied to the
 * float values). Throws `model-mismatch`, `model-refused-by-runtime`, `job-cancelled`.
 */
export async function diagnoseModels(
  float: JudgedModel,
  quantized: JudgedModel,
  data: JobData,
  positions: Uint32Array,
  context: JobContext,
): Promise<DiagnoseResult> {
  context.progress.start('diagnose', positions.length);
  const floatModel = fixInputShapes(float.model, new Map([[data.input.name, data.input.shape]]));
  const { pairs, unmatched, quantized: readable } = matchTensors(floatModel, quantized.model);
  if (pairs.length === 0)
    throw new CalibrantError(
      'model-mismatch',
      `${quantized.name} has no tensor of ${float.name}, so it was not made of this model; choose the two files of one quantization.`,
    );
  const probes = pairs.map((pair): Probe => ({ pair, cumulative: createErrorMeter(), local: pair.parameters && createErrorMeter(), elements: 0 }));

  const skipped: Skipped[] = [];
  let images = 0;
  const sessions: Session[] = [];
  try {
    const open = async (file: ModelFile, model: Model, tensors: string[]): Promise<Session> => {
      const session = await openSession(writeModel(withOutputs(model, unique(tensors))), file.name).catch((error: unknown) => {
        throw explain(file, error, 'model-unknown-domain');
      });
      sessions.push(session);
      return session;
    };
    const left = await open(float, floatModel, pairs.map((pair) => pair.floatTensor)); // prettier-ignore
    const right = await open(quantized, readable, pairs.map((pair) => pair.quantizedTensor)); // prettier-ignore
    for await (const { tensor } of feed(data.input, data.items, positions, skipped, context)) {
      const floats = await left.run(tensor);
      const codes = await right.run(tensor);
      for (const probe of probes) measure(probe, floats[probe.pair.floatTensor]?.data, codes[probe.pair.quantizedTensor]?.data);
      images += 1;
    }
  } finally {
    for (const session of sessions) await session.close();
  }
  const broken = probes.find(({ cumulative }) => Number.isNaN(cumulative.finish().mse));
  if (broken) throw notANumber([float, quantized], `in the tensor ${broken.pair.name}`);
  const namesWhere = (isIt: (probe: Probe) => boolean): string[] => probes.filter(isIt).map(({ pair }) => pair.name);
  const found: Found = {
    compared: probes.filter(isCompared).map(describe),
    absent: unmatched,
    unlike: namesWhere(({ elements }) => elements === 0),
    infinite: namesWhere((probe) => probe.elements > 0 && !isCompared(probe)),
  };
  return {
    images,
    skipped,
    tensors: found.compared,
    unmatched: [...found.absent, ...found.unlike, ...found.infinite],
    warnings: [
      ...data.problems,
      ...floatEndNotes([float, quantized]),
      ...(skipped.length > 0 ? [skippedWarning(skipped.length, images)] : []),
      ...comparedWarnings(found, float.name, quantized.name),
    ],
    provenance: await describeProvenance({ modelSha256: quantized.sha256, ...(await provenanceOf(data)) }),
  };
}

let scratch = new Float32Array(0);

/** Leaves out tensors that are not float32 or of another size in the other model. */
function measure(probe: Probe, float: unknown, quantized: unknown): void {
  if (!(float instanceof Float32Array) || !(quantized instanceof Float32Array) || float.length !== quantized.length) return;
  probe.elements = float.length;
  probe.cumulative.add(float, quantized);
  if (!probe.local || !probe.pair.parameters) return;
  if (scratch.length < float.length) scratch = new Float32Array(float.length);
  probe.local.add(float, fakeQuantize(float, probe.pair.parameters, scratch.subarray(0, float.length)));
}

/** No schema and no file has a number for an infinite error. */
function isCompared({ elements, cumulative }: Probe): boolean {
  return elements > 0 && Number.isFinite(cumulative.finish().mse);
}

function describe({ pair: { name, node, op, index }, elements, cumulative, local }: Probe): DiagnosedTensor {
  return { name, node, op, index, elements, cumulative: cumulative.finish(), local: local?.finish() ?? null };
}

function unique(names: string[]): string[] {
  return [...new Set(names)];
}
