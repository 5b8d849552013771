import { fullCodes, roundHalfEven } from './scale.ts';
import type { Parameters, PlannedBias, QuantizedConstant } from './types.ts';

/** Twice the greatest bias over the 2^32 − 2 steps of a symmetric int32, and a little more against rounding (reference: ONNX Runtime 1.30). */
const SAFETY = 1.0001;
const INT32_STEPS = 2 ** 32 - 2;

/** Of float32: beyond them a scale would be infinite or zero, and what is dequantized with it NaN. */
const GREATEST_SCALE = 3.4028234663852886e38;
const SMALLEST_SCALE = 2 ** -149;

/** The bias values as the kernel adds them: times Gemm's beta, one per output channel. */
export function biasValues(bias: PlannedBias, values: Float32Array): Float64Array {
  const repeated = values.length === 1 ? new Float32Array(bias.channels).fill(values[0] as number) : values;
  return Float64Array.from(repeated, (value) => value * bias.beta);
}

export interface Raised {
  /** How many channels' scales were raised, and the greatest factor. */
  channels: number;
  factor: number;
  /** Channels whose scale has no float32 that would be enough, so that their bias is clipped. */
  clipped: number;
}

/**
 * Raises the weights' scales (in place) where a bias would not fit into int32 in the unit scale(input)·scale(weight)·alpha. To be called before the
 * weights are coded. Without it such a bias is clipped, and with it the accuracy of the layer gone (onnxruntime#11415). Per channel the tool multiplies in
 * float32, and so does this: codes of nearly 32 bits show every digit.
 */
export function raiseForBias(bias: PlannedBias, values: Float64Array, inputScale: number, weight: Parameters): Raised {
  const raised: Raised = { channels: 0, factor: 1, clipped: 0 };
  const greatest = new Float64Array(weight.scale.length);
  values.forEach((value, i) => {
    const channel = i % greatest.length;
    greatest[channel] = Math.max(greatest[channel] as number, Math.abs(value));
  });
  greatest.forEach((magnitude, channel) => {
    const scale = weight.scale[channel] as number;
    const unit = inputScale * scale * bias.alpha;
    const needed = (weight.axis === null ? SAFETY * 2 * magnitude : Math.fround(Math.fround(SAFETY) * 2 * magnitude)) / INT32_STEPS;
    if (!(unit > 0) || unit >= needed) return;
    const factor = Math.min(needed / unit, GREATEST_SCALE / scale);
    if (factor < needed / unit) raised.clipped++;
    weight.scale[channel] = scale * factor;
    weight.min[channel] = (weight.min[channel] as number) * factor;
    weight.max[channel] = (weight.max[channel] as number) * factor;
    raised.channels++;
    raised.factor = Math.max(raised.factor, factor);
  });
  return raised;
}

/**
 * Bias in int32: scale(input)·scale(weight)·alpha in float32, codes rounded half to even in float64.
 * Grouped ConvTranspose has more biases than weight scales; the scales repeat with every group.
 */
export function quantizeBias(bias: PlannedBias, values: Float64Array, inputScale: number, weight: Parameters): QuantizedConstant {
  const perChannel = weight.scale.length > 1;
  const count = perChannel ? values.length : 1;
  const scale = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    const unit = Math.fround(inputScale * (weight.scale[i % weight.scale.length] as number)) * bias.alpha;
    scale[i] = Math.min(Math.max(unit, SMALLEST_SCALE), GREATEST_SCALE);
  }
  const codes = fullCodes('int32');
  const quantized = Int32Array.from(values, (value, i) => {
    const code = roundHalfEven(value / (scale[perChannel ? i : 0] as number));
    return Math.min(Math.max(code, codes.min), codes.max);
  });
  return {
    name: bias.name,
    dims: [values.length],
    bytes: new Uint8Array(quantized.buffer),
    parameters: {
      type: 'int32',
      axis: perChannel ? 0 : null,
      blockSize: null,
      symmetric: true,
      scale,
      zeroPoint: new Int32Array(count),
      min: Float64Array.from(scale, (unit) => codes.min * unit),
      max: Float64Array.from(scale, (unit) => codes.max * unit),
      origin: 'input and weights',
    },
  };
}
