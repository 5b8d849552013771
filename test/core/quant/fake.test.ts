import { describe, expect, it } from 'vitest';
import { fakeQuantize } from '../../../src-main/core/quant/fake.ts';
import type { Parameters } from '../../../src-main/core/quant/types.ts';
import { intTensor } from '../../../src-main/core/onnx/tensor.ts';
import { constant, modelOf, node, noise, run } from './build.ts';

function parameters(type: 'int8' | 'uint8', scale: number[], zeroPoint: number[], axis: number | null): Parameters {
  const none = new Float64Array(scale.length);
  return {
    type,
    axis,
    blockSize: null,
    symmetric: false,
    scale: Float32Array.from(scale),
    zeroPoint: Int32Array.from(zeroPoint),
    min: none,
    max: none,
    origin: 'test',
  };
}

/** The same in ONNX Runtime: QuantizeLinear → DequantizeLinear. */
async function inRuntime(values: Float32Array, dims: number[], p: Parameters): Promise<Float32Array> {
  const shape = p.axis === null ? [] : [p.scale.length];
  const attributes: Record<string, number> = p.axis === null ? {} : { axis: p.axis };
  const model = modelOf({
    inputs: { x: dims },
    outputs: { y: dims },
    nodes: [node('QuantizeLinear', ['x', 's', 'z'], ['q'], attributes), node('DequantizeLinear', ['q', 's', 'z'], ['y'], attributes)],
    constants: [constant('s', shape, [...p.scale]), intTensor('z', shape, [...p.zeroPoint], p.type as 'int8' | 'uint8')],
  });
  model.graph.values.clear();
  return (await run(model, { x: { dims, values } })).get('y') as Float32Array;
}

describe('fake quantization', () => {
  it.each([
    ['uint8', 0.0234567, 17],
    ['int8', 0.1, -128],
    ['int8', 1, 0],
    ['uint8', 3.14e-6, 255],
  ] as const)('equals ONNX Runtime to the bit: %s, scale %f, zero point %i', async (type, scale, zeroPoint) => {
    const p = parameters(type, [scale], [zeroPoint], null);
    const ties = [-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 126.5, 127.5, 1e9, -1e9, 1e-30].map((steps) => steps * scale);
    const values = Float32Array.from([...noise(4000, 40), ...noise(4000, 140 * scale), ...ties]);
    const ours = fakeQuantize(values, p, new Float32Array(values.length));
    expect(ours).toEqual(await inRuntime(values, [values.length], p));
  });

  it('uses the scale of each channel along its axis', async () => {
    const p = parameters('int8', [0.1, 0.01, 1], [0, 5, -5], 1);
    const values = noise(2 * 3 * 4, 20);
    expect(fakeQuantize(values, p, new Float32Array(24), [2, 3, 4])).toEqual(await inRuntime(values, [2, 3, 4], p));
  });
});
