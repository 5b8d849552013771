import type { DataItem, Skipped } from '../../contract/data.ts';
import type { InputArray } from '../../core/data/normalize.ts';
import { lookAtInput, pixelEnds, saturationOf, type SaturationLook } from '../../core/calibration/input-look.ts';
import { createLooks, type Looks } from '../../core/calibration/looks.ts';
import type { InputLook } from '../../core/calibration/mismatch.ts';
import type { Model } from '../../core/onnx/graph.ts';
import { observe, type TensorView } from '../../core/quant/observe.ts';
import { createScanner } from '../../core/quant/scan.ts';
import { notANumber } from '../explain.ts';
import { feed } from '../feed.ts';
import type { JobData } from '../job-data.ts';
import type { JobContext } from '../progress.ts';
import { openModel } from '../session.ts';

export interface SeenItem {
  /** In the sorted list of items. */
  position: number;
  item: DataItem;
  input: InputLook;
  /** null for feature data, of which nobody knows where they end. */
  saturation: SaturationLook | null;
}

/** Items and rows of `looks` are in the same order: that of the seed, without the ones that could not be used. */
export interface Seen {
  items: SeenItem[];
  looks: Looks;
}

/**
 * Streams the samples at these positions once through the float model and keeps three numbers of each of the named tensors by image. Memory is
 * images · tensors · 12 bytes. Throws `data-not-finite`, `job-cancelled`, `model-refused-by-runtime`.
 * @param names observed tensors in the order of the graph, the input perhaps among them
 */
export async function lookAtEach(
  file: { name: string; model: Model },
  prepared: Model,
  names: readonly string[],
  data: JobData,
  positions: Uint32Array,
  skipped: Skipped[],
  context: JobContext,
): Promise<Seen> {
  const { input } = data;
  const { model, views } = observe(
    prepared,
    names.filter((name) => name !== input.name),
    false,
  );
  const session = await openModel(model, 'the prepared model');
  const read = createReader();
  const glance = createGlance(data);
  const looks = createLooks(names, positions.length);
  const items: SeenItem[] = [];
  try {
    const columns = new Map(names.map((name, column) => [name, column]));
    for await (const { position, item, tensor } of feed(input, data.items, positions, skipped, context)) {
      const outputs = await session.run(tensor);
      const seen = glance(tensor.data as InputArray);
      const put = (name: string, { min, max, mean }: Ends): void => {
        const at = looks.images * names.length + (columns.get(name) as number);
        if (![min, max, mean].every(Number.isFinite)) throw notANumber([file], `in the tensor ${name} for ${item.file}`);
        looks.min[at] = min;
        looks.max[at] = max;
        looks.mean[at] = mean;
      };
      for (const view of views) put(view.name, read(outputs[view.output]?.data as Float32Array, view));
      if (columns.has(input.name)) put(input.name, seen.ends);
      items.push({ position, item, input: seen.input, saturation: seen.saturation });
      looks.images += 1;
    }
  } finally {
    await session.close();
  }
  return { items, looks };
}

/** Only the inputs of these samples; empty when none of them can be used, which is no reason to stop. */
export async function lookAtInputs(data: JobData, positions: Uint32Array, context: JobContext): Promise<InputLook[]> {
  const glance = createGlance(data);
  const looks: InputLook[] = [];
  for await (const { tensor } of feed(data.input, data.items, positions, [], context)) looks.push(glance(tensor.data as InputArray).input);
  return looks;
}

interface Ends {
  min: number;
  max: number;
  mean: number;
}

/** Reads an output of an observer's model. Channels are equally large, so the mean of their means is the tensor's. */
function createReader(): (values: Float32Array, view: Pick<TensorView, 'reduced'>) => Ends {
  const scan = createScanner();
  return (values, { reduced }) => {
    if (reduced) return { min: (values[0] as number) + 0, max: (values[1] as number) + 0, mean: meanOf(values.subarray(2, 2 + reduced.means)) };
    // Of a tensor without values (a filter that kept nothing) there is nothing to cover.
    if (values.length === 0) return { min: 0, max: 0, mean: 0 };
    const { min, max, finite } = scan(values);
    return { min, max, mean: finite ? meanOf(values) : NaN };
  };
}

function meanOf(values: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] as number;
  return sum / values.length;
}

function createGlance({ input: { preprocess } }: JobData): (values: InputArray) => { ends: Ends; input: InputLook; saturation: SaturationLook | null } {
  const ends = preprocess && pixelEnds(preprocess);
  return (values) => {
    const { min, max, mean, deviation } = lookAtInput(values);
    return { ends: { min, max, mean }, input: { mean, deviation }, saturation: ends && preprocess && saturationOf(values, ends, preprocess.layout) };
  };
}
