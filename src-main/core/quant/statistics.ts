import type { TensorStatistics } from '../../contract/results.ts';
import type { StatisticsFile } from '../../contract/statistics.ts';
import { ExactSum } from './exact-sum.ts';
import { GrowingHistogram } from './histogram.ts';
import { createScanner } from './scan.ts';

/** The distribution of one tensor over all calibration images. */
export interface Statistics {
  /** Exact, of all values. */
  min: number;
  max: number;
  count: number;
  /** How many of them the rest is of. */
  sampled: number;
  sum: number;
  sumOfSquares: number;
  /** Bin i covers [(first + i)·width, (first + i + 1)·width). */
  histogram: { first: number; width: number; counts: Float64Array<ArrayBuffer> };
}

export interface Collector {
  /**
   * Takes in a tensor of one or more images, one after the other and equally long. Keeps nothing of it and returns false if any value is NaN or
   * infinite.
   */
  add(name: string, values: Float32Array, images?: number): boolean;
  /**
   * The same for one image of which somebody else (see `observe`) has found the ends and taken every 31st value.
   * @param extremes exact, of all `count` values
   */
  addSampled(name: string, extremes: { min: number; max: number; count: number }, samples: Float32Array): boolean;
  /** By name, without the tensors that no value was added to. */
  finish(): Map<string, Statistics>;
}

/** Images with fewer values are counted in full; of the others every 31st value: a prime, so that it meets all channels in both layouts. */
export const FULL_UP_TO = 8192;
export const STRIDE = 31;

interface State {
  min: number;
  max: number;
  count: number;
  sampled: number;
  sum: ExactSum;
  squares: ExactSum;
  histogram: GrowingHistogram;
}

/**
 * Observes tensors while images stream by. Memory depends on the number of tensors only. The outcome is the same to the last bit for every order of the
 * images and every batch size: samples are taken at fixed places of each image, sums are exact, and bins only ever merge.
 */
export function createCollector(names: readonly string[]): Collector {
  const scan = createScanner();
  const states = new Map<string, State>(
    names.map((name) => [
      name,
      { min: Infinity, max: -Infinity, count: 0, sampled: 0, sum: new ExactSum(), squares: new ExactSum(), histogram: new GrowingHistogram() },
    ]),
  );
  const stateOf = (name: string): State => {
    const state = states.get(name);
    if (!state) throw new Error(`The tensor ${name} is not observed`);
    return state;
  };
  return {
    add(name, values, images = 1) {
      const state = stateOf(name);
      if (values.length === 0) return true;
      const { min, max, finite } = scan(values);
      if (!finite) return false;
      widen(state, min, max, values.length);
      const size = values.length / images;
      const stride = size <= FULL_UP_TO ? 1 : STRIDE;
      for (let start = 0; start < values.length; start += size) {
        takeSamples(values, start, start + size, stride, state);
        state.sampled += Math.ceil(size / stride);
      }
      return true;
    },
    addSampled(name, { min, max, count }, samples) {
      const state = stateOf(name);
      if (!Number.isFinite(min) || !Number.isFinite(max) || !scan(samples).finite) return false;
      widen(state, min, max, count);
      takeSamples(samples, 0, samples.length, 1, state);
      state.sampled += samples.length;
      return true;
    },
    finish: () => new Map([...states].flatMap(([name, state]) => (state.count > 0 ? [[name, summary(state)] as const] : []))),
  };
}

function widen(state: State, min: number, max: number, count: number): void {
  state.min = Math.min(state.min, min);
  state.max = Math.max(state.max, max);
  state.count += count;
  state.histogram.reach(Math.max(-min, max));
}

const square = new Float32Array(1);
const squareBits = new Uint32Array(square.buffer);

/** Its own function with nothing but local typed arrays, so that it is compiled once and stays monomorphic. */
function takeSamples(values: Float32Array, from: number, to: number, stride: number, state: State): void {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const sums = state.sum.parts;
  const squares = state.squares.parts;
  const { counts, middle } = state.histogram;
  const perWidth = 1 / state.histogram.width;
  for (let i = from; i < to; i += stride) {
    const value = values[i] as number;
    const exponent = ((bits[i] as number) >>> 23) & 255;
    sums[exponent] = (sums[exponent] as number) + value;
    // Rounded to float32, the square is a multiple of its own exponent's unit again.
    square[0] = Math.min(value * value, 3.4e38);
    const squared = (squareBits[0] as number) >>> 23;
    squares[squared] = (squares[squared] as number) + (square[0] as number);
    const bin = Math.floor(value * perWidth) + middle;
    counts[bin] = (counts[bin] as number) + 1;
  }
}

function summary(state: State): Statistics {
  return {
    min: state.min,
    max: state.max,
    count: state.count,
    sampled: state.sampled,
    sum: state.sum.total(),
    sumOfSquares: state.squares.total(),
    histogram: state.histogram.trimmed(),
  };
}

/** For the window. */
export function toTensorStatistics(name: string, s: Statistics): TensorStatistics {
  const mean = s.sum / s.sampled;
  return {
    name,
    min: s.min,
    max: s.max,
    mean,
    std: Math.sqrt(Math.max(0, s.sumOfSquares / s.sampled - mean * mean)),
    count: s.count,
    histogram: { start: s.histogram.first * s.histogram.width, width: s.histogram.width, counts: s.histogram.counts, sampled: s.sampled / s.count },
  };
}

/** Plain JSON, checked on the way back by `StatisticsFileSchema`. */
export function statisticsToFile(statistics: ReadonlyMap<string, Statistics>): StatisticsFile {
  return {
    format: 'calibrant-statistics',
    version: 1,
    tensors: [...statistics].map(([name, s]) => ({ name, ...s, histogram: { ...s.histogram, counts: [...s.histogram.counts] } })),
  };
}

export function statisticsFromFile(file: StatisticsFile): Map<string, Statistics> {
  return new Map(file.tensors.map(({ name, ...s }) => [name, { ...s, histogram: { ...s.histogram, counts: Float64Array.from(s.histogram.counts) } }]));
}
