import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Recipe } from '../../../src-main/contract/recipe.ts';
import { readModel } from '../../../src-main/core/onnx/read.ts';
import { floatsOf, intsOf } from '../../../src-main/core/onnx/tensor.ts';
import { quantize } from './build.ts';

/** Made by test/parity/make_goldens.py with the quantizer of ONNX Runtime 1.30. */
const folder = resolve(import.meta.dirname, '../../parity/goldens');

interface Golden {
  inputs: string[];
  shape: number[];
  schemes: Record<
    string,
    {
      nodes: [op: string, name: string, inputs: string[], outputs: string[]][];
      constants: Record<string, { type: string; dims: number[]; values: number[] }>;
    }
  >;
}

/** The order may differ, the nodes with their names, inputs and outputs may not: they are the decisions. */
const sorted = (nodes: Golden['schemes'][string]['nodes']): string[] => nodes.map((node) => JSON.stringify(node)).sort();

describe.each(['residual', 'branches'])('the graph “%s” as ONNX Runtime quantizes it', (name) => {
  const model = readModel(new Uint8Array(readFileSync(join(folder, `${name}.onnx`))));
  const golden = JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as Golden;
  const images = golden.inputs.map((text) => {
    const bytes = Uint8Array.from(Buffer.from(text, 'base64'));
    return { x: { dims: golden.shape, values: new Float32Array(bytes.buffer) } };
  });

  it.each(Object.keys(golden.schemes))('%s: the same nodes, zero points, integer weights; scales within 1e-6; biases ±1', async (key) => {
    const [activations, granularity] = key.split(' ') as [Recipe['activations'], Recipe['granularity']];
    const expected = golden.schemes[key] as Golden['schemes'][string];
    const { graph } = (await quantize(model, images, { activations, granularity })).model;

    expect(sorted(graph.nodes.map((node) => [node.op, node.name, node.inputs, node.outputs]))).toEqual(sorted(expected.nodes));
    for (const [constant, { type, values }] of Object.entries(expected.constants)) {
      const ours = graph.constants.get(constant);
      if (!ours) throw new Error(`${constant} is missing`);
      if (type === 'float') {
        floatsOf(ours).forEach((value, i) => expect(Math.abs(value / (values[i] as number) - 1), constant).toBeLessThan(1e-6));
      } else if (type === 'int32') {
        intsOf(ours).forEach((value, i) => expect(Math.abs(value - (values[i] as number)), constant).toBeLessThanOrEqual(1));
      } else {
        expect(ours.type).toBe(type);
        expect(intsOf(ours), constant).toEqual(values);
      }
    }
  });
});
