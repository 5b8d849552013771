import type { Tensor } from 'onnxruntime-node';
import type { Sensitivity } from '../../contract/evidence.ts';
import { CalibrantError } from '../../contract/errors.ts';
import type { Problem } from '../../contract/model.ts';
import type { InputArray } from '../../core/data/normalize.ts';
import { createErrorMeter, decibels } from '../../core/metrics/tensor-error.ts';
import type { Model } from '../../core/onnx/graph.ts';
import { isolateLayer } from '../../core/quant/judge/isolate.ts';
import type { Layer } from '../../core/quant/judge/layers.ts';
import { createTensor, feed, throwIfCancelled } from '../feed.ts';
import type { JobData } from '../job-data.ts';
import { warning } from '../problems.ts';
import type { JobContext } from '../progress.ts';
import { openModel, type Session } from '../session.ts';
import { classCount } from '../stages/outputs.ts';

const IMAGES = 16;
/** For the images and what the float model makes of them, which are kept. */
const KEPT_BYTES = 64e6;

/** The float outputs of one image, by name; the class of the first output where that is class scores. */
interface Reference {
  image: Tensor;
  outputs: Map<string, Float32Array>;
  answer: number | null;
}

export interface MeasuredLayers {
  /** In the order of the layers; null for those that could not be measured. */
  measured: Sensitivity['measured'][];
  /** Why not. */
  failed: Problem | null;
}

/** Runs the first images through the float model with one layer quantized, for each of the layers. Throws `job-cancelled`. */
export async function measureLayers(
  prepared: Model,
  layers: readonly Layer[],
  data: JobData,
  positions: Uint32Array,
  context: JobContext,
): Promise<MeasuredLayers> {
  if (layers.length === 0) return { measured: [], failed: null };
  const measured: Sensitivity['measured'][] = [];
  const reasons: string[] = [];
  let references: Reference[] | null = null;
  for (const layer of layers) {
    throwIfCancelled(context.signal);
    try {
      if (!references) {
        references = await lookAtFloat(prepared, data, positions, context);
        context.progress.start('sensitivity', layers.length * references.length);
      }
      const known = references;
      measured.push(await withSession(isolateLayer(prepared, layer), (session) => compareOutputs(session, known, context)));
    } catch (error) {
      if (!(error instanceof CalibrantError) || error.code === 'job-cancelled') throw error;
      measured.push(null);
      reasons.push(`${layer.node.name}: ${error.message}`);
    }
  }
  const message = `${reasons.length} of the ${layers.length} most sensitive layers could not be measured alone and keep their estimate; the first: ${reasons[0] ?? ''}`;
  return { measured, failed: reasons.length > 0 ? warning('diagnose-not-isolated', message) : null };
}

async function withSession<T>(model: Model, use: (session: Session) => Promise<T>): Promise<T> {
  const session = await openModel(model, 'the float model with one layer quantized');
  try {
    return await use(session);
  } finally {
    await session.close();
  }
}

function lookAtFloat(prepared: Model, data: JobData, positions: Uint32Array, context: JobContext): Promise<Reference[]> {
  // The stage counts what comes behind it, and what cannot be used has been said before.
  const quiet: JobContext = { ...context, progress: { start: () => undefined, step: () => undefined }, log: () => undefined };
  return withSession(prepared, async (session) => {
    const references: Reference[] = [];
    let bytes = 0;
    for await (const { tensor } of feed(data.input, data.items, positions.slice(0, IMAGES), [], quiet)) {
      const image = createTensor(data.input);
      (image.data as InputArray).set(tensor.data as InputArray);
      const outputs = await session.run(tensor);
      const kept = floatsIn(outputs);
      const [first] = session.outputs;
      references.push({ image, outputs: new Map([...kept].map(([name, values]) => [name, values.slice()])), answer: answerIn(outputs[first?.name ?? '']) });
      bytes += (image.data as InputArray).byteLength + [...kept.values()].reduce((sum, values) => sum + values.byteLength, 0);
      if (bytes > KEPT_BYTES) break;
    }
    return references;
  });
}

async function compareOutputs(session: Session, references: readonly Reference[], { signal, progress }: JobContext): Promise<Sensitivity['measured']> {
  const meters = new Map<string, ReturnType<typeof createErrorMeter>>();
  const [first] = session.outputs;
  let [changed, answers] = [0, 0];
  for (const { image, outputs: floats, answer } of references) {
    throwIfCancelled(signal);
    const outputs = await session.run(image);
    progress.step();
    for (const [name, values] of floatsIn(outputs)) {
      const float = floats.get(name);
      if (float?.length !== values.length) continue;
      const meter = meters.get(name) ?? createErrorMeter();
      meters.set(name, meter);
      meter.add(float, values);
    }
    if (answer === null) continue;
    answers += 1;
    if (answerIn(outputs[first?.name ?? '']) !== answer) changed += 1;
  }
  // As in the estimate: the mean of the outputs' noise-to-signal ratios.
  const noise = [...meters.values()].map((meter) => noiseShare(meter.finish().sqnrDb));
  const mean = noise.reduce((sum, value) => sum + value, 0) / noise.length;
  const outputSqnrDb = Number.isFinite(mean) ? decibels(1, mean) : null;
  return { outputSqnrDb, changed: answers > 0 ? (100 * changed) / answers : null, images: references.length };
}

function noiseShare(sqnrDb: number | null): number {
  return sqnrDb === null ? 0 : 10 ** (-sqnrDb / 10);
}

function floatsIn(outputs: Record<string, Tensor>): Map<string, Float32Array> {
  return new Map(Object.entries(outputs).flatMap(([name, { data }]) => (data instanceof Float32Array ? [[name, data] as const] : [])));
}

/** Greatest score; null for outputs that are no class scores. */
function answerIn(output: Tensor | undefined): number | null {
  if (!(output?.data instanceof Float32Array) || classCount(output.dims) === null) return null;
  const { data } = output;
  return data.reduce((best, value, i) => (value > (data[best] as number) ? i : best), 0);
}
