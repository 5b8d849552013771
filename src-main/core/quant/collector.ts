import type { Dim } from '../onnx/graph.ts';
import { CHANNEL_AXIS, channelLayout, channelMeans, type ChannelLayout } from './channels.ts';
import { ExactSum, ExactSums } from './exact-sum.ts';
import { GrowingHistogram } from './histogram.ts';
import { createScanner } from './scan.ts';
import type { Statistics } from './statistics.ts';

/** What somebody else (see `observe`) has found out about a tensor of one image. */
export interface Reduced {
  /** Exact, of all `count` values. */
  min: number;
  max: number;
  count: number;
  /** Of every channel, or of all values where there are no channels: NaN where any of them is. */
  means: Float32Array;
  /** Every 31st value, or none where nobody asks for more than the ends. */
  samples: Float32Array;
}

export interface Collector {
  /**
   * Takes in a tensor of one or more images, one after the other and equally long. Keeps nothing of it and returns false if any value is NaN or
   * infinite.
   */
  add(name: string, values: Float32Array, images?: number): boolean;
  /** The same for one image, of a tensor that was reduced where it was computed. */
  addReduced(name: string, reduced: Reduced): boolean;
  /** All that was taken in, to be absorbed by a collector of the same tensors. Survives structured clone. */
  collected(): Collected;
  /** Takes in what another one did. The outcome is that of having seen its images too. */
  absorb(collected: Collected): void;
  /** By name, without the tensors that no value was added to. */
  finish(): Map<string, Statistics>;
}

/** By name. */
export type Collected = ReadonlyMap<string, CollectedTensor>;

interface Parts {
  readonly parts: Float64Array;
}

interface CollectedTensor {
  images: number;
  min: number;
  max: number;
  minima: Parts;
  maxima: Parts;
  count: number;
  sampled: number;
  sum: Parts;
  squares: Parts;
  histogram: Pick<GrowingHistogram, 'exponent' | 'counts'>;
  /** null where there are no channels, or an image had values so large that nobody could sum them. */
  means: Parts | null;
}

/** Images with fewer values are counted in full; of the others every 31st value: a prime, so that it meets all channels in both layouts. */
export const FULL_UP_TO = 8192;
export const STRIDE = 31;

/** Of float32. */
const LARGEST = 3.4e38;

interface State extends CollectedTensor {
  layout: ChannelLayout | null;
  minima: ExactSum;
  maxima: ExactSum;
  sum: ExactSum;
  squares: ExactSum;
  histogram: GrowingHistogram;
  means: ExactSums | null;
}

/**
 * Observes tensors while images stream by. Memory depends on the number of tensors and channels only. The outcome is the same to the last bit for every
 * order of the images and every batch size: samples are taken at fixed places of each image, sums are exact, and bins only ever merge.
 * @param shapes where known, with a batch of 1; a tensor without has no channel means
 */
export function createCollector(names: readonly string[], shapes: ReadonlyMap<string, readonly Dim[] | null> = new Map()): Collector {
  const scan = createScanner();
  const states = new Map<string, State>(names.map((name) => [name, createState(channelLayout(shapes.get(name)))]));
  const stateOf = (name: string): State => {
    const state = states.get(name);
    if (!state) throw new Error(`The tensor ${name} is not observed`);
    return state;
  };
  return {
    add(name, values, images = 1) {
      const state = stateOf(name);
      if (values.length === 0) return true;
      const size = values.length / images;
      const ends = Array.from({ length: images }, (_, image) => scan(values.subarray(image * size, (image + 1) * size)));
      if (!ends.every(({ finite }) => finite)) return false;
      const stride = size <= FULL_UP_TO ? 1 : STRIDE;
      for (const [image, { min, max }] of ends.entries()) {
        const [from, to] = [image * size, (image + 1) * size];
        widen(state, min, max, size);
        takeSamples(values, from, to, stride, state);
        state.sampled += Math.ceil(size / stride);
        if (state.layout) takeMeans(channelMeans(values, from, to, state.layout), state);
      }
      return true;
    },
    addReduced(name, { min, max, count, means, samples }) {
      const state = stateOf(name);
      if (!Number.isFinite(min) || !Number.isFinite(max)) return false;
      if (samples.length > 0 && !scan(samples).finite) return false;
      // ONNX Runtime's ReduceMin and ReduceMax pass over NaN, of which only a mean tells. Means of very large values may overflow without any.
      const summable = means.every(Number.isFinite);
      if (!summable && Math.max(-min, max) * count < LARGEST) return false;
      // Adding 0 makes a negative zero positive, as the scanner does.
      widen(state, min + 0, max + 0, count);
      takeSamples(samples, 0, samples.length, 1, state);
      state.sampled += samples.length;
      if (!summable) state.means = null;
      if (state.layout) takeMeans(means, state);
      return true;
    },
    collected: () => states,
    absorb(collected) {
      for (const [name, tensor] of collected) absorb(stateOf(name), tensor);
    },
    finish: () => new Map([...states].flatMap(([name, state]) => (state.count > 0 ? [[name, summary(state)] as const] : []))),
  };
}

function createState(layout: ChannelLayout | null): State {
  return {
    layout,
    images: 0,
    min: Infinity,
    max: -Infinity,
    minima: new ExactSum(),
    maxima: new ExactSum(),
    count: 0,
    sampled: 0,
    sum: new ExactSum(),
    squares: new ExactSum(),
    histogram: new GrowingHistogram(),
    means: layout && new ExactSums(layout.channels),
  };
}

function absorb(state: State, other: CollectedTensor): void {
  state.images += other.images;
  state.min = Math.min(state.min, other.min);
  state.max = Math.max(state.max, other.max);
  state.minima.absorb(other.minima);
  state.maxima.absorb(other.maxima);
  state.count += other.count;
  state.sampled += other.sampled;
  state.sum.absorb(other.sum);
  state.squares.absorb(other.squares);
  state.histogram.absorb(other.histogram);
  if (other.means) state.means?.absorb(other.means);
  else state.means = null;
}

/** Takes in the ends of one image. */
function widen(state: State, min: number, max: number, count: number): void {
  state.images += 1;
  state.min = Math.min(state.min, min);
  state.max = Math.max(state.max, max);
  state.minima.add(min);
  state.maxima.add(max);
  state.count += count;
  state.histogram.reach(Math.max(-min, max));
}

function takeMeans(means: ArrayLike<number>, state: State): void {
  for (let channel = 0; channel < means.length; channel++) state.means?.add(channel, means[channel] as number);
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
    square[0] = Math.min(value * value, LARGEST);
    const squared = (squareBits[0] as number) >>> 23;
    squares[squared] = (squares[squared] as number) + (square[0] as number);
    const bin = Math.floor(value * perWidth) + middle;
    counts[bin] = (counts[bin] as number) + 1;
  }
}

function summary(state: State): Statistics {
  const { means, images, layout } = state;
  return {
    images,
    min: state.min,
    max: state.max,
    sumOfMinima: state.minima.total(),
    sumOfMaxima: state.maxima.total(),
    count: state.count,
    sampled: state.sampled,
    sum: state.sum.total(),
    sumOfSquares: state.squares.total(),
    histogram: state.histogram.trimmed(),
    channels: means && layout && { axis: CHANNEL_AXIS, means: Float64Array.from({ length: layout.channels }, (_, i) => means.total(i) / images) },
  };
}
