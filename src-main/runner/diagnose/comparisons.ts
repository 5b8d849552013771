import type { Skipped } from '../../contract/data.ts';
import type { Grid } from '../../core/metrics/comparison-kernel.ts';
import { addSums, type ComparisonSums, type Rows } from '../../core/metrics/compare-tensors.ts';
import { elementCount } from '../../core/onnx/tensor.ts';
import type { Model } from '../../core/onnx/graph.ts';
import { withOutputs } from '../../core/onnx/outputs.ts';
import { channelLayout } from '../../core/quant/channels.ts';
import { fullCodes } from '../../core/quant/scale.ts';
import type { Parameters } from '../../core/quant/types.ts';
import { viewGraph } from '../../core/quant/view.ts';
import { explain } from '../explain.ts';
import type { JobData } from '../job-data.ts';
import type { JudgedModel } from '../judged-model.ts';
import { showTo, type Bad, type Looker } from '../looker.ts';
import { openLookerThreads } from '../looker-threads.ts';
import type { JobContext } from '../progress.ts';
import { THREADS } from '../session.ts';
import { openComparison, type Compared, type ComparisonTask, type Probe } from './comparison.ts';
import type { ModelPair } from './pair-sessions.ts';

/** Tensors with more channels are compared as a whole: nobody looks at so many one by one. */
const MOST_CHANNELS = 4096;
/** What threads may take together before images are compared one by one. */
const BUDGET_BYTES = 600e6;

/** The sums of each pair over all images, in the order of the pairs; null where the tensors are no float32 or of different sizes. */
export interface ComparedPairs {
  sums: (ComparisonSums | null)[];
  /** Of the model's input, whose only error is its own quantization; null where it has none. */
  input: ComparisonSums | null;
  images: number;
  skipped: Skipped[];
}

/**
 * Every pair of tensors over the images, in memory that does not depend on how many there are. Images are compared side by side in threads, as statistics
 * are observed. Throws `model-refused-by-runtime`, `job-cancelled`.
 */
export async function comparePairs(
  models: ModelPair,
  [float, quantized]: readonly [JudgedModel, JudgedModel],
  data: JobData,
  positions: Uint32Array,
  context: JobContext,
): Promise<ComparedPairs> {
  const codes = codesIn(models.quantized);
  const probes = models.pairs.map(({ floatTensor, quantizedTensor, parameters }): Probe => ({
    float: floatTensor,
    quantized: (parameters && codes(quantizedTensor)) ?? quantizedTensor,
    rows: rowsOf(models.float, floatTensor),
    grid: parameters && gridOf(parameters),
  }));
  const { name, type, shape } = data.input;
  const asked = probes.length;
  const given = models.input?.quantized;
  if (given) probes.push({ float: name, quantized: name, rows: null, grid: gridOf(given.parameters) });
  const inner = probes.slice(0, asked);
  const left = withOutputs(
    models.float,
    inner.map((probe) => probe.float),
  );
  const right = withOutputs(
    models.quantized,
    inner.map((probe) => probe.quantized),
  );
  const task: Omit<ComparisonTask, 'threads'> = {
    float: { model: left, name: float.name },
    quantized: { model: right, name: quantized.name },
    probes,
    input: { name, type, shape },
  };
  const lookers = await openAll(task, models, positions.length).catch((error: unknown) => {
    throw [float, quantized].map((file) => explain(file, error, 'model-unknown-domain')).find((cause) => cause !== error) ?? error;
  });
  try {
    const seen = await showTo(lookers, data, positions, context, (tensor) => new Error(`${tensor} is not finite`));
    const sums = probes.map((): ComparisonSums | null => null);
    for (const looker of lookers) {
      (await looker.collected()).forEach((more, index) => {
        const known = sums[index];
        if (known && more) addSums(known, more);
        else sums[index] = known ?? more;
      });
    }
    return { sums: sums.slice(0, asked), input: sums[asked] ?? null, ...seen };
  } finally {
    await Promise.all(lookers.map((looker) => looker.close()));
  }
}

async function openAll(task: Omit<ComparisonTask, 'threads'>, models: ModelPair, images: number): Promise<Looker<Bad, Compared>[]> {
  const count = Math.min(THREADS, images, Math.floor(BUDGET_BYTES / bytesOf(models)));
  if (count <= 1) return [await openComparison({ ...task, threads: THREADS })];
  return openLookerThreads<Bad, Compared>(count, { kind: 'comparison', task: { ...task, threads: 1 } });
}

/** Rough: the files and ONNX Runtime's copies of the weights, and every tensor in ONNX Runtime and as an output, of both models. */
function bytesOf({ float, quantized, pairs }: ModelPair): number {
  let bytes = 0;
  for (const { graph } of [float, quantized]) for (const constant of graph.constants.values()) bytes += 3 * constant.bytes.length;
  for (const { floatTensor } of pairs) {
    const shape = float.graph.values.get(floatTensor)?.shape;
    if (shape?.every((dim) => typeof dim === 'number')) bytes += 4 * 4 * elementCount(shape);
  }
  return bytes;
}

/** null where the channels are not known, or so many that nobody looks at them one by one. */
function rowsOf({ graph }: Model, tensor: string): Rows | null {
  const shape = graph.values.get(tensor)?.shape;
  const layout = channelLayout(shape);
  return layout && shape?.[0] === 1 && layout.channels > 1 && layout.channels <= MOST_CHANNELS && layout.inner > 0 ? layout : null;
}

/**
 * Finds the 8-bit codes that a tensor is made of where it is made. They are a quarter of what ONNX Runtime would have to hand out, and with them it computes
 * as if nobody looked: 11 instead of 25 ms for MobileNetV2.
 */
function codesIn(model: Model): (tensor: string) => string | null {
  const view = viewGraph(model.graph);
  return (tensor) => {
    const node = view.producers.get(tensor);
    const [codes = '', , zeroPoint] = node?.inputs ?? [];
    const type = view.constant(zeroPoint)?.type;
    return node?.op === 'DequantizeLinear' && (type === 'uint8' || type === 'int8') && view.producers.has(codes) ? codes : null;
  };
}

function gridOf({ type, scale, zeroPoint }: Parameters): Grid {
  const [codes, zero] = [fullCodes(type), zeroPoint[0] as number];
  return { scale: scale[0] as number, zeroPoint: zero, low: codes.min - zero, high: codes.max - zero };
}
