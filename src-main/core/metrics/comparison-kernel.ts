import { assemble, BLOCK, branchIf, BYTES_TO_FLOATS, END, F32X4, F64X2, get, I32, i32const, IF, loadFour, loadVector, LOOP, set, storeVector, UPPER_HALF, V128, type Routine } from '../assembler.ts'; // prettier-ignore

/**
 * Sums of the errors of two tensors, row by row, at the speed of memory: WebAssembly SIMD with float64 sums. MobileNetV2 has 7 million values an image, and
 * for them plain JavaScript took ten times as long as both inferences.
 */

/** Values of each tensor in WebAssembly's memory at a time: 32 KiB, so that both stay in the processor's cache. */
export const CHUNK = 8192;
/** Rows at a time: their results stay in the cache as well. */
export const MOST_ROWS = 512;

/** Where things lie in memory, in bytes: masks that keep the first 0 to 3 lanes, results of the rows, values. */
const MASKS = 0;
const RESULTS = 64;
const VECTORS = 9;
/** Of one row. */
export const RESULT_DOUBLES = 2 * VECTORS;
const FLOATS = RESULTS + MOST_ROWS * VECTORS * 16;
const QUANTIZED = FLOATS + CHUNK * 4;
/** The last row may be read beyond its end, by less than a vector. */
type Source = 'float32' | 'uint8' | 'int8';
const PAGES = Math.ceil((QUANTIZED + CHUNK * 4 + 16) / 65536);

/** Vectors of a row's results: two lanes of float64 each, but minimum and maximum, which have four of float32. */
export const RESULT = { signal: 0, other: 1, noise: 2, maxAbs: 3, min: 4, max: 5, localOther: 6, localNoise: 7, localMaxAbs: 8 } as const;

/**
 * (float, quantized, rows, inner, results, scale, zero point, low, high): byte addresses, rows of `inner` values one after the other. `source` is what the
 * quantized tensor consists of: values, or codes, (code − zero point) · scale. With `local`, what quantizing and dequantizing makes of the float values is
 * compared too: round((f / scale) between low and high, ties to even) · scale in float32, as ONNX Runtime does.
 */
function compareRoutine(name: string, source: Source, local: boolean): Routine {
  const [float, quantized, rows, inner, results, scale, zero, low, high, end] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] as const;
  const [f, q, fLow, fHigh, eLow, eHigh, mask, infinity, scales, zeros, lows, highs] = [10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21] as const;
  const sums = 22;
  const at = (result: number): number => sums + result;

  const log2Bytes = source === 'float32' ? 2 : 0;
  const loadQuantized =
    source === 'float32'
      ? [...get(quantized), ...loadVector(0)]
      : [...get(quantized), ...loadFour(0), ...BYTES_TO_FLOATS[source], ...get(zeros), ...F32X4.sub, ...get(scales), ...F32X4.mul];
  const square = (value: number): number[] => [...get(value), ...get(value), ...F64X2.mul];
  const addSquares = (result: number, a: number, b: number): number[] => [
    ...get(at(result)), ...square(a), ...square(b), ...F64X2.add, ...F64X2.add, ...set(at(result)),
  ]; // prettier-ignore
  const promote = (from: number, lower: number, upper: number): number[] => [
    ...get(from), ...F64X2.promoteLow, ...set(lower),
    ...get(from), ...get(from), ...UPPER_HALF, ...F64X2.promoteLow, ...set(upper),
  ]; // prettier-ignore
  /** Of f, whose halves are known, against q. */
  const compareWith = (other: number, noise: number, maxAbs: number): number[] => [
    ...promote(q, eLow, eHigh),
    ...addSquares(other, eLow, eHigh),
    ...get(fLow), ...get(eLow), ...F64X2.sub, ...set(eLow),
    ...get(fHigh), ...get(eHigh), ...F64X2.sub, ...set(eHigh),
    ...addSquares(noise, eLow, eHigh),
    ...get(at(maxAbs)), ...get(eLow), ...F64X2.abs, ...F64X2.pmax, ...get(eHigh), ...F64X2.abs, ...F64X2.pmax, ...set(at(maxAbs)),
  ]; // prettier-ignore
  const fakeQuantized = [
    ...get(f), ...get(scales), ...F32X4.div, ...get(lows), ...F32X4.pmax, ...get(highs), ...F32X4.pmin, ...F32X4.nearest, ...get(scales), ...F32X4.mul, ...set(q),
  ]; // prettier-ignore
  const sumUp = [
    ...promote(f, fLow, fHigh),
    ...addSquares(RESULT.signal, fLow, fHigh),
    ...compareWith(RESULT.other, RESULT.noise, RESULT.maxAbs),
    ...(local ? [...fakeQuantized, ...compareWith(RESULT.localOther, RESULT.localNoise, RESULT.localMaxAbs)] : []),
  ];
  const bound = (value: readonly number[]): number[] => [
    ...get(at(RESULT.min)), ...value, ...F32X4.pmin, ...set(at(RESULT.min)),
  ]; // prettier-ignore
  const boundAbove = (value: readonly number[]): number[] => [
    ...get(at(RESULT.max)), ...value, ...F32X4.pmax, ...set(at(RESULT.max)),
  ]; // prettier-ignore
  const vectorLoop = [
    ...BLOCK,
    ...get(float), ...get(end), ...I32.lessThan, ...NOT, ...branchIf(0),
    ...LOOP,
    ...get(float), ...loadVector(0), ...set(f),
    ...loadQuantized, ...set(q),
    ...sumUp,
    ...bound(get(f)), ...boundAbove(get(f)),
    ...get(float), ...i32const(16), ...I32.add, ...set(float),
    ...get(quantized), ...i32const(4 << log2Bytes), ...I32.add, ...set(quantized),
    ...get(float), ...get(end), ...I32.lessThan, ...branchIf(0),
    ...END,
    ...END,
  ]; // prettier-ignore
  const lastVector = [
    ...rest(inner), ...IF,
    ...rest(inner), ...i32const(4), ...I32.shiftLeft, ...loadVector(MASKS), ...set(mask),
    ...get(float), ...loadVector(0), ...get(mask), ...V128.and, ...set(f),
    ...loadQuantized, ...get(mask), ...V128.and, ...set(q),
    ...sumUp,
    ...bound([...get(f), ...get(at(RESULT.min)), ...get(mask), ...V128.select]),
    ...boundAbove([...get(f), ...get(at(RESULT.max)), ...get(mask), ...V128.select]),
    ...get(float), ...rest(inner), ...i32const(2), ...I32.shiftLeft, ...I32.add, ...set(float),
    ...get(quantized), ...rest(inner), ...i32const(log2Bytes), ...I32.shiftLeft, ...I32.add, ...set(quantized),
    ...END,
  ]; // prettier-ignore
  const all = Object.values(RESULT);
  const code = [
    ...get(scale), ...F32X4.splat, ...set(scales),
    ...get(zero), ...F32X4.splat, ...set(zeros),
    ...get(low), ...F32X4.splat, ...set(lows),
    ...get(high), ...F32X4.splat, ...set(highs),
    ...INFINITE, ...set(infinity),
    ...LOOP,
    ...all.flatMap((result) => (result === RESULT.min ? [...get(infinity), ...set(at(result))] : result === RESULT.max ? [...get(infinity), ...F32X4.neg, ...set(at(result))] : [...ZERO, ...set(at(result))])),
    ...get(float), ...get(inner), ...i32const(2), ...I32.shiftRight, ...i32const(4), ...I32.shiftLeft, ...I32.add, ...set(end),
    ...vectorLoop,
    ...lastVector,
    ...all.flatMap((result) => [...get(results), ...get(at(result)), ...storeVector(16 * result)]),
    ...get(results), ...i32const(16 * VECTORS), ...I32.add, ...set(results),
    ...get(rows), ...i32const(1), ...I32.sub, ...set(rows),
    ...get(rows), ...branchIf(0),
    ...END,
  ]; // prettier-ignore
  const vectors = Array.from({ length: sums + VECTORS - f }, () => 'v128' as const);
  return { name, parameters: ['i32', 'i32', 'i32', 'i32', 'i32', 'f32', 'f32', 'f32', 'f32'], locals: ['i32', ...vectors], code };
}

/** How many values of a row are left behind its whole vectors. */
function rest(inner: number): number[] {
  return [...get(inner), ...i32const(3), ...I32.and];
}

const NOT = [0x45];
const ZERO = [0xfd, 0x0c, ...new Uint8Array(16)];
const INFINITE = [0xfd, 0x0c, ...new Uint8Array(new Float32Array(4).fill(Infinity).buffer)];

/** Quantization of one tensor, its ends in steps from the zero point. */
export interface Grid {
  scale: number;
  zeroPoint: number;
  low: number;
  high: number;
}

export interface ComparisonKernel {
  /** To be filled before `run`, row after row: `CHUNK` values and `MOST_ROWS` rows at most; the quantized ones as what they are. */
  float: Float32Array;
  quantized: { float32: Float32Array; uint8: Uint8Array; int8: Int8Array };
  /** Two views on the same results: `RESULT_DOUBLES` float64 a row, or twice as many float32. */
  doubles: Float64Array;
  singles: Float32Array;
  /** Codes need a grid. */
  run(source: Source, rows: number, inner: number, grid: Grid | null): void;
}

type Compare = (
  float: number, quantized: number, rows: number, inner: number, results: number, scale: number, zero: number, low: number, high: number,
) => void; // prettier-ignore

/** A kernel with a small memory of its own. */
export function createComparisonKernel(): ComparisonKernel {
  const routines = [
    compareRoutine('plain', 'float32', false),
    compareRoutine('float32', 'float32', true),
    compareRoutine('uint8', 'uint8', true),
    compareRoutine('int8', 'int8', true),
  ];
  const { memory, ...kernels } = new WebAssembly.Instance(new WebAssembly.Module(assemble(PAGES, routines))).exports as {
    memory: WebAssembly.Memory;
  } & Record<Source | 'plain', Compare>;
  const { buffer } = memory;
  for (let kept = 0; kept < 4; kept++) new Int32Array(buffer, MASKS + 16 * kept, kept).fill(-1);
  return {
    float: new Float32Array(buffer, FLOATS, CHUNK),
    quantized: {
      float32: new Float32Array(buffer, QUANTIZED, CHUNK),
      uint8: new Uint8Array(buffer, QUANTIZED, CHUNK),
      int8: new Int8Array(buffer, QUANTIZED, CHUNK),
    },
    doubles: new Float64Array(buffer, RESULTS, MOST_ROWS * RESULT_DOUBLES),
    singles: new Float32Array(buffer, RESULTS, MOST_ROWS * RESULT_DOUBLES * 2),
    run: (source, rows, inner, grid) => {
      const { scale, zeroPoint, low, high } = grid ?? { scale: 1, zeroPoint: 0, low: 0, high: 0 };
      kernels[grid ? source : 'plain'](FLOATS, QUANTIZED, rows, inner, RESULTS, scale, zeroPoint, low, high);
    },
  };
}
