import type { TensorError } from '../../contract/results.ts';
import { CHUNK, MOST_ROWS, createComparisonKernel, RESULT, RESULT_DOUBLES, type Grid } from './comparison-kernel.ts';
import { errorFrom } from './tensor-error.ts';

/** How the values of a tensor are divided among its channels: (channels, inner), over and over. */
export interface Rows {
  channels: number;
  inner: number;
}

/** Sums over all images; survives structured clone. */
export interface ComparisonSums {
  count: number;
  /** Σf² and Σ(f − q)² by channel, and the ends of the float values. */
  signal: Float64Array;
  noise: Float64Array;
  min: Float64Array;
  max: Float64Array;
  /** Σq² and max |f − q|. */
  other: number;
  maxAbs: number;
  /** The same for what the tensor's own quantization makes of the float values. */
  local: { other: number; noise: number; maxAbs: number } | null;
}

/** @param local whether the tensor's own quantization is looked at too */
export function createSums(channels: number, local: boolean): ComparisonSums {
  return {
    count: 0,
    signal: new Float64Array(channels),
    noise: new Float64Array(channels),
    min: new Float64Array(channels).fill(Infinity),
    max: new Float64Array(channels).fill(-Infinity),
    other: 0,
    maxAbs: 0,
    local: local ? { other: 0, noise: 0, maxAbs: 0 } : null,
  };
}

/** Values, or 8-bit codes of them. */
export type Quantized = Float32Array | Uint8Array | Int8Array;

export type Comparer = (float: Float32Array, quantized: Quantized, rows: Rows, grid: Grid | null, sums: ComparisonSums) => void;

/**
 * Returns a function that adds the errors of one image to the sums of a tensor; each has its own small memory. Equal to the float64 sums in the order of
 * the values but for the rounding of the sums. `quantized` is as long as `float`, which is made of whole (channels, inner); codes stand for what the grid says.
 */
export function createComparer(): Comparer {
  const kernel = createComparisonKernel();
  const { doubles, singles } = kernel;
  return (float, quantized, { channels, inner }, grid, sums) => {
    const source = quantized instanceof Float32Array ? 'float32' : quantized instanceof Uint8Array ? 'uint8' : 'int8';
    if (source !== 'float32' && !grid) throw new RangeError('Codes cannot be compared without their scale');
    const run = (from: number, to: number, count: number): void => {
      kernel.float.set(float.subarray(from, to));
      kernel.quantized[source].set(quantized.subarray(from, to));
      kernel.run(source, count, (to - from) / count, grid);
    };
    const add = (row: number, channel: number): void => {
      const at = row * RESULT_DOUBLES;
      const both = (result: number): number => (doubles[at + 2 * result] as number) + (doubles[at + 2 * result + 1] as number);
      const greatest = (result: number): number => Math.max(doubles[at + 2 * result] as number, doubles[at + 2 * result + 1] as number);
      const end = 2 * at;
      let low = sums.min[channel] as number;
      let high = sums.max[channel] as number;
      for (let lane = 0; lane < 4; lane++) {
        low = Math.min(low, singles[end + 4 * RESULT.min + lane] as number);
        high = Math.max(high, singles[end + 4 * RESULT.max + lane] as number);
      }
      sums.min[channel] = low;
      sums.max[channel] = high;
      sums.signal[channel] = (sums.signal[channel] as number) + both(RESULT.signal);
      sums.noise[channel] = (sums.noise[channel] as number) + both(RESULT.noise);
      sums.other += both(RESULT.other);
      sums.maxAbs = Math.max(sums.maxAbs, greatest(RESULT.maxAbs));
      if (!sums.local) return;
      sums.local.other += both(RESULT.localOther);
      sums.local.noise += both(RESULT.localNoise);
      sums.local.maxAbs = Math.max(sums.local.maxAbs, greatest(RESULT.localMaxAbs));
    };
    sums.count += float.length;
    const rows = float.length / inner;
    const together = Math.min(rows, MOST_ROWS, Math.floor(CHUNK / inner));
    for (let first = 0; first < rows;) {
      if (together > 0) {
        const count = Math.min(together, rows - first);
        run(first * inner, (first + count) * inner, count);
        for (let row = 0; row < count; row++) add(row, (first + row) % channels);
        first += count;
        continue;
      }
      const end = (first + 1) * inner;
      for (let from = first * inner; from < end; from += CHUNK) {
        const to = Math.min(from + CHUNK, end);
        run(from, to, 1);
        add(0, first % channels);
      }
      first += 1;
    }
  };
}

/** Adds the sums of other images of the same tensor. */
export function addSums(to: ComparisonSums, from: ComparisonSums): void {
  to.count += from.count;
  from.signal.forEach((value, channel) => {
    to.signal[channel] = (to.signal[channel] as number) + value;
    to.noise[channel] = (to.noise[channel] as number) + (from.noise[channel] as number);
    to.min[channel] = Math.min(to.min[channel] as number, from.min[channel] as number);
    to.max[channel] = Math.max(to.max[channel] as number, from.max[channel] as number);
  });
  to.other += from.other;
  to.maxAbs = Math.max(to.maxAbs, from.maxAbs);
  if (!to.local || !from.local) return;
  to.local.other += from.local.other;
  to.local.noise += from.local.noise;
  to.local.maxAbs = Math.max(to.local.maxAbs, from.local.maxAbs);
}

/** Σfq follows from the other sums, since Σ(f − q)² = Σf² − 2Σfq + Σq². */
export function cumulativeError({ count, other, maxAbs, ...sums }: ComparisonSums): TensorError {
  const [signal, noise] = [total(sums.signal), total(sums.noise)];
  return errorFrom({ count, signal, other, product: (signal + other - noise) / 2, noise, maxAbs });
}

/** null where the tensor's own quantization was not looked at. */
export function localError({ count, local, ...sums }: ComparisonSums): TensorError | null {
  const signal = total(sums.signal);
  return local && errorFrom({ ...local, count, signal, product: (signal + local.other - local.noise) / 2 });
}

export function total(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0);
}
