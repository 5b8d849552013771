import type { InputArray } from '../../core/data/normalize.ts';
import type { Grid } from '../../core/metrics/comparison-kernel.ts';
import { createComparer, createSums, type ComparisonSums, type Quantized, type Rows } from '../../core/metrics/compare-tensors.ts';
import type { Model } from '../../core/onnx/graph.ts';
import { createTensor } from '../feed.ts';
import { inTurns, type Bad, type Looker } from '../looker.ts';
import type { ModelInput } from '../model-input.ts';
import { openModel } from '../session.ts';

/** A tensor of the float model and its counterpart. */
export interface Probe {
  /** The model's input among them. */
  float: string;
  /** Its values in float32, or its 8-bit codes. */
  quantized: string;
  /** How its channels lie; null: as one. */
  rows: Rows | null;
  /** Its own quantization; null where it has none. */
  grid: Grid | null;
}

/** Survives structured clone. */
export interface ComparisonTask {
  /** With the tensors of all probes as outputs, and the names of the files. */
  float: { model: Model; name: string };
  quantized: { model: Model; name: string };
  probes: readonly Probe[];
  input: Pick<ModelInput, 'name' | 'type' | 'shape'>;
  threads: number;
}

/** By probe: its sums; null where the two tensors could not be compared: other types, or of different sizes. */
export type Compared = readonly (ComparisonSums | null)[];

/** Runs images through both models and sums up the errors. In this thread. Throws `model-refused-by-runtime`. */
export async function openComparison({ float, quantized, probes, input, threads }: ComparisonTask): Promise<Looker<Bad, Compared>> {
  const left = await openModel(float.model, float.name, { threads });
  const right = await openModel(quantized.model, quantized.name, { threads }).catch(async (error: unknown) => {
    await left.close();
    throw error;
  });
  const compare = createComparer();
  const tensor = createTensor(input);
  const sums = probes.map((): ComparisonSums | null => null);

  const lookNow = async (image: InputArray): Promise<null> => {
    (tensor.data as InputArray).set(image);
    const floats = { ...(await left.run(tensor)), [input.name]: tensor };
    const codes = { ...(await right.run(tensor)), [input.name]: tensor };
    probes.forEach((probe, index) => {
      const [f, q] = [floats[probe.float]?.data, codes[probe.quantized]?.data];
      if (!(f instanceof Float32Array) || !isComparable(q) || f.length !== q.length || f.length === 0) return;
      const rows = probe.rows ?? { channels: 1, inner: f.length };
      if (f.length % (rows.channels * rows.inner) !== 0) return;
      const known = (sums[index] ??= createSums(rows.channels, probe.grid !== null));
      compare(f, q, rows, probe.grid, known);
    });
    return null;
  };
  return {
    look: inTurns(lookNow),
    collected: () => Promise.resolve(sums),
    close: async () => {
      await left.close();
      await right.close();
    },
  };
}

function isComparable(data: unknown): data is Quantized {
  return data instanceof Float32Array || data instanceof Uint8Array || data instanceof Int8Array;
}
