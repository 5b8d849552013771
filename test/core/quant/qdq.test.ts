import { describe, expect, it } from 'vitest';
import type { Model } from '../../../src-main/core/onnx/graph.ts';
import { floatsOf, intsOf } from '../../../src-main/core/onnx/tensor.ts';
import { constant, modelOf, node, noise, quantize, run, type Feeds } from './build.ts';

const image = (dims: number[], amplitude = 1, seed = 3): Feeds => ({ x: { dims, values: noise(dims.reduce((a, b) => a * b), amplitude, seed) } }); // prettier-ignore

/** Greatest difference between the float model and the quantized one, over the range of the float output. */
async function worstError(float: Model, quantized: Model, feeds: Feeds, optimize: 'all' | 'disabled' = 'all'): Promise<number> {
  const want = (await run(float, feeds)).get('y') as Float32Array;
  const got = (await run(quantized, feeds, optimize)).get('y') as Float32Array;
  const span = Math.max(...want, 0) - Math.min(...want, 0);
  return Math.max(...want.map((value, i) => Math.abs(value - (got[i] as number)))) / span;
}

describe('the toy graph Conv → Relu → GlobalAveragePool', () => {
  const toy = modelOf({
    inputs: { x: [1, 3, 8, 8] },
    outputs: { y: [1, 4, 1, 1] },
    nodes: [node('Conv', ['x', 'w', 'b'], ['c']), node('Relu', ['c'], ['r']), node('GlobalAveragePool', ['r'], ['y'])],
    constants: [constant('w', [4, 3, 3, 3], [...noise(108)]), constant('b', [4], [0.5, -0.25, 0, 1])],
  });
  const images = [image([1, 3, 8, 8]), image([1, 3, 8, 8], 2, 9)];

  it('comes out in ONNX Runtime’s order and names', async () => {
    const { model } = await quantize(toy, images, { activations: 'int8' });
    expect(model.producer).toBe('calibrant');
    expect(model.graph.nodes.map((n) => `${n.name}: ${n.op}(${n.inputs.join(', ')}) → ${n.outputs.join(', ')}`)).toEqual([
      'x_QuantizeLinear: QuantizeLinear(x, x_scale, x_zero_point) → x_QuantizeLinear_Output',
      'x_DequantizeLinear: DequantizeLinear(x_QuantizeLinear_Output, x_scale, x_zero_point) → x_DequantizeLinear_Output',
      'w_DequantizeLinear: DequantizeLinear(w_quantized, w_scale, w_zero_point) → w_DequantizeLinear_Output',
      'b_DequantizeLinear: DequantizeLinear(b_quantized, b_quantized_scale, b_quantized_zero_point) → b',
      'Conv_c: Conv(x_DequantizeLinear_Output, w_DequantizeLinear_Output, b) → r',
      'r_QuantizeLinear: QuantizeLinear(r, r_scale, r_zero_point) → r_QuantizeLinear_Output',
      'r_DequantizeLinear: DequantizeLinear(r_QuantizeLinear_Output, r_scale, r_zero_point) → r_DequantizeLinear_Output',
      'GlobalAveragePool_y: GlobalAveragePool(r_DequantizeLinear_Output) → y_QuantizeLinear_Input',
      'y_QuantizeLinear: QuantizeLinear(y_QuantizeLinear_Input, y_scale, y_zero_point) → y_QuantizeLinear_Output',
      'y_DequantizeLinear: DequantizeLinear(y_QuantizeLinear_Output, y_scale, y_zero_point) → y',
    ]);
    expect(model.graph.constants.get('w_scale')?.dims).toEqual([4]);
    expect(model.graph.constants.get('x_scale')?.dims).toEqual([]);
    expect([...model.graph.constants.keys()]).not.toContain('w');
    expect(Object.fromEntries(['x', 'r'].map((name) => [name, intsOf(model.graph.constants.get(`${name}_zero_point`) as never)[0]]))).toEqual({
      x: 0,
      r: -128,
    });
  });

  it.each([
    ['uint8', 'int8', 'per-channel', false],
    ['uint8', 'int8', 'per-tensor', false],
    ['uint8', 'uint8', 'per-tensor', false],
    ['uint8', 'uint8', 'per-channel', false],
    ['int8', 'int8', 'per-channel', true],
    ['uint8', 'int8', 'per-channel', true],
  ] as const)('computes nearly the same with %s activations, %s weights, %s, symmetric %s', async (activations, weights, granularity, symmetric) => {
    const { model } = await quantize(toy, images, { activations, weights, granularity, symmetricActivations: symmetric });
    for (const feeds of images) expect(await worstError(toy, model, feeds, 'disabled')).toBeLessThan(0.02);
    expect(model.graph.nodes.some(({ op }) => op === 'Relu')).toBe(symmetric);
  });

  it('does not clash with names that the model has already', async () => {
    const renamed = modelOf({
      inputs: { x: [1, 2] },
      outputs: { y: [1, 2], x_scale: [1, 2] },
      nodes: [node('Add', ['x', 'x_zero_point'], ['x_scale']), node('Add', ['x_scale', 'x'], ['y'])],
      constants: [constant('x_zero_point', [2], [1, 2])],
    });
    const { model } = await quantize(renamed, [image([1, 2])]);
    expect(await worstError(renamed, model, image([1, 2]))).toBeLessThan(0.02);
  });
});

describe('where ONNX Runtime’s quantizer is wrong', () => {
  it('Clip(1, 6) and Clip(−6, −1) keep their bounds', async () => {
    for (const [low, high] of [
      [1, 6],
      [-6, -1],
    ] as const) {
      // prettier-ignore
      const float = modelOf({
        inputs: { x: [1, 1, 8, 8] },
        outputs: { y: [1, 1, 8, 8] },
        nodes: [node('Conv', ['x', 'w'], ['c']), node('Clip', ['c', 'low', 'high'], ['y'])],
        constants: [constant('w', [1, 1, 1, 1], [1]), constant('low', [], [low]), constant('high', [], [high])],
      });
      const feeds = image([1, 1, 8, 8], 8);
      const { model } = await quantize(float, [feeds]);
      expect(await worstError(float, model, feeds)).toBeLessThan(0.01);
      const values = (await run(model, feeds, 'all')).get('y') as Float32Array;
      expect(low > 0 ? Math.min(...values) : -Math.max(...values)).toBeGreaterThan(0.97);
    }
  });

  it('Gemm keeps alpha and beta', async () => {
    for (const granularity of ['per-channel', 'per-tensor'] as const) {
      for (const [alpha, beta] of [
        [1, 0.25],
        [0.5, 1],
        [0.125, 3],
      ] as const) {
        // prettier-ignore
        const float = modelOf({
          inputs: { x: [2, 6] },
          outputs: { y: [2, 4] },
          nodes: [node('Gemm', ['x', 'w', 'b'], ['y'], { transB: 1, alpha, beta })],
          constants: [constant('w', [4, 6], [...noise(24)]), constant('b', [4], [5, -3, 2, 1])],
        });
        const feeds = image([2, 6]);
        const { model } = await quantize(float, [feeds], { granularity });
        expect(await worstError(float, model, feeds)).toBeLessThan(0.015);
      }
    }
  });

  it('a bias with one value for all channels is repeated', async () => {
    const float = modelOf({
      inputs: { x: [2, 6] },
      outputs: { y: [2, 4] },
      nodes: [node('Gemm', ['x', 'w', 'b'], ['y'])],
      constants: [constant('w', [6, 4], [...noise(24)]), constant('b', [1], [2])],
    });
    const { model } = await quantize(float, [image([2, 6])]);
    expect(model.graph.constants.get('b_quantized')?.dims).toEqual([4]);
    expect(await worstError(float, model, image([2, 6]))).toBeLessThan(0.015);
  });

  it('ConvTranspose with groups runs per channel', async () => {
    const float = modelOf({
      inputs: { x: [1, 4, 5, 5] },
      outputs: { y: [1, 4, 6, 6] },
      nodes: [node('ConvTranspose', ['x', 'w', 'b'], ['y'], { group: 2, strides: [1, 1] })],
      constants: [constant('w', [4, 2, 2, 2], [...noise(32)]), constant('b', [4], [1, -2, 3, 4])],
    });
    const feeds = image([1, 4, 5, 5]);
    const { model } = await quantize(float, [feeds]);
    expect(model.graph.constants.get('w_scale')?.dims).toEqual([2]);
    expect(model.graph.constants.get('b_quantized_scale')?.dims).toEqual([4]);
    expect(await worstError(float, model, feeds)).toBeLessThan(0.015);
  });

  it('MatMul with weights of rank 3 runs, with one scale for all: its kernel has no other form', async () => {
    const float = modelOf({
      inputs: { x: [1, 3, 5] },
      outputs: { y: [1, 3, 4] },
      nodes: [node('MatMul', ['x', 'w'], ['y'])],
      constants: [constant('w', [1, 5, 4], [...noise(20)])],
    });
    const feeds = image([1, 3, 5]);
    const { model } = await quantize(float, [feeds]);
    expect(model.graph.constants.get('w_scale')?.dims).toEqual([]);
    expect(await worstError(float, model, feeds)).toBeLessThan(0.015);
  });

  it('a convolution that never fires behind ReLU stays at zero for other images too', async () => {
    const float = modelOf({
      inputs: { x: [1, 1, 4, 4] },
      outputs: { y: [1, 1, 4, 4] },
      nodes: [node('Conv', ['x', 'w', 'b'], ['c']), node('Relu', ['c'], ['r']), node('Add', ['r', 'x'], ['y'])],
      constants: [constant('w', [1, 1, 1, 1], [1]), constant('b', [1], [-50])],
    });
    for (const activations of ['int8', 'uint8'] as const) {
      const { model, quantized } = await quantize(float, [image([1, 1, 4, 4])], { activations });
      expect(quantized.warnings.map(({ code, tensor }) => [code, tensor])).toContainEqual(['tensor-dead', 'r']);
      // Beyond what was calibrated there is clipping, but a ReLU that lets −50 through would be a hundred times worse.
      expect(await worstError(float, model, image([1, 1, 4, 4], 1, 77))).toBeLessThan(0.1);
    }
  });

  it('a bias keeps its digits in a channel whose weights are all zero', async () => {
    const float = modelOf({
      inputs: { x: [1, 1, 4, 4] },
      outputs: { y: [1, 2, 4, 4] },
      nodes: [node('Conv', ['x', 'w', 'b'], ['y'])],
      constants: [constant('w', [2, 1, 1, 1], [0.01, 0]), constant('b', [2], [0.3, 0.7])],
    });
    const feeds = image([1, 1, 4, 4], 100);
    const { model } = await quantize(float, [feeds]);
    // ONNX Runtime takes scale 1 there: its bias would be 0.7 / 0.78 → one step of 0.78.
    const scale = floatsOf(model.graph.constants.get('b_quantized_scale') as never)[1] as number;
    expect((intsOf(model.graph.constants.get('b_quantized') as never)[1] as number) * scale).toBeCloseTo(0.7, 4);
    expect(await worstError(float, model, feeds)).toBeLessThan(0.01);
  });
});

describe('tensors that several nodes use', () => {
  it('share one pair, and a shared bias is written for each node', async () => {
    const float = modelOf({
      inputs: { x: [1, 2, 4, 4] },
      outputs: { y: [1, 2, 4, 4] },
      nodes: [
        node('Conv', ['x', 'w', 'b'], ['p']),
        node('Conv', ['x', 'v', 'b'], ['q']),
        node('Mul', ['p', 'q'], ['m']),
        node('Exp', ['p'], ['e']),
        node('Add', ['m', 'e'], ['y']),
      ],
      constants: [constant('w', [2, 2, 1, 1], [...noise(4)]), constant('v', [2, 2, 1, 1], [...noise(4, 9, 5)]), constant('b', [2], [0.5, -0.5])],
    });
    const { model } = await quantize(float, [image([1, 2, 4, 4])]);
    expect(model.graph.nodes.filter(({ op, inputs }) => op === 'QuantizeLinear' && inputs[0] === 'x')).toHaveLength(1);
    expect(model.graph.nodes.flatMap(({ op, inputs }) => (op === 'Conv' ? [inputs[2]] : []))).toEqual(['b', 'b0']);
    expect([...model.graph.constants.keys()]).not.toContain('b');
    expect(await worstError(float, model, image([1, 2, 4, 4]))).toBeLessThan(0.02);
  });

  it('an excluded node keeps its float weights where it shares them', async () => {
    const float = modelOf({
      inputs: { x: [1, 2, 4, 4] },
      outputs: { y: [1, 2, 4, 4] },
      nodes: [node('Conv', ['x', 'w', 'b'], ['p']), node('Conv', ['p', 'w', 'b'], ['y'])],
      constants: [constant('w', [2, 2, 1, 1], [...noise(4)]), constant('b', [2], [0.5, -0.5])],
    });
    const { model } = await quantize(float, [image([1, 2, 4, 4])], { exclude: ['Conv_y'] });
    expect(model.graph.nodes.find(({ name }) => name === 'Conv_y')?.inputs).toEqual(['p_DequantizeLinear_Output', 'w', 'b']);
    expect(await worstError(float, model, image([1, 2, 4, 4]))).toBeLessThan(0.02);
  });

  it('an output that the graph also uses inside keeps its name', async () => {
    const float = modelOf({
      inputs: { x: [1, 1, 4, 4] },
      outputs: { y: [1, 1, 4, 4], z: [1, 1, 1, 1] },
      nodes: [node('Conv', ['x', 'w'], ['y']), node('GlobalAveragePool', ['y'], ['z'])],
      constants: [constant('w', [1, 1, 1, 1], [0.7])],
    });
    const { model } = await quantize(float, [image([1, 1, 4, 4])]);
    expect(model.graph.nodes.find(({ op }) => op === 'GlobalAveragePool')?.inputs).toEqual(['y']);
    expect(await worstError(float, model, image([1, 1, 4, 4]))).toBeLessThan(0.02);
  });
});
