import { fullCodes } from './scale.ts';
import type { Parameters } from './types.ts';

/** Adding and taking away 1.5·2^52 rounds to an integer, ties to even, for everything that survives the clip below. */
const ROUND = 6755399441055744;

/**
 * Quantizes and dequantizes in float32 arithmetic, exactly as ONNX Runtime's QuantizeLinear and DequantizeLinear do one after the other.
 * @param values finite, row-major
 * @param p one scale and zero point, or one per channel
 * @param out as long as `values`, may be the same array
 * @param dims shape of `values`; needed for per-channel parameters only
 */
export function fakeQuantize(values: Float32Array, p: Parameters, out: Float32Array, dims: readonly number[] = []): Float32Array {
  const channels = p.scale.length;
  if (p.axis === null || channels === 1) {
    fakeRun(values, out, 0, values.length, p.scale[0] as number, p.zeroPoint[0] as number, p);
    return out;
  }
  const inner = dims.slice(p.axis + 1).reduce((a, b) => a * b, 1);
  if (dims[p.axis] !== channels) throw new RangeError(`${channels} scales for a tensor of shape [${dims.join(', ')}] along axis ${p.axis}`);
  for (let start = 0, channel = 0; start < values.length; start += inner, channel = (channel + 1) % channels) {
    fakeRun(values, out, start, start + inner, p.scale[channel] as number, p.zeroPoint[channel] as number, p);
  }
  return out;
}

function fakeRun(values: Float32Array, out: Float32Array, from: number, to: number, scale: number, zeroPoint: number, p: Parameters): void {
  const codes = fullCodes(p.type);
  const low = codes.min - zeroPoint;
  const high = codes.max - zeroPoint;
  for (let i = from; i < to; i++) {
    let steps = Math.fround((values[i] as number) / scale);
    steps = steps < low ? low : steps > high ? high : steps;
    out[i] = (steps + ROUND - ROUND) * scale;
  }
}
