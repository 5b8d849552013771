import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CalibrantError } from '../../src-main/contract/errors.ts';
import { inspectModel } from '../../src-main/core/onnx/inspect.ts';
import { prepareModel } from '../../src-main/core/onnx/prepare.ts';
import type { Model, Node } from '../../src-main/core/onnx/graph.ts';
import { readModel, type ExternalReader } from '../../src-main/core/onnx/read.ts';
import { assertQuantizable } from '../../src-main/core/onnx/support.ts';
import { writeModel } from '../../src-main/core/onnx/write.ts';
import { intTensor } from '../../src-main/core/onnx/tensor.ts';
import { operatorModels } from '../core/onnx/operators.ts';

/** Written by the onnx package, and one of ours for every operator that is understood. */
const files = ['bodies.onnx', 'typed-fields.onnx', 'function.onnx'].map(
  (name) => new Uint8Array(readFileSync(join(import.meta.dirname, '../core/onnx/files', name))),
);
const operators = operatorModels.map(([, model]) => writeModel(model));

/** Reads, inspects and prepares. Anything but a result or a CalibrantError is a defect. */
function outcome(bytes: Uint8Array | Model): string {
  try {
    const external: ExternalReader = (_location, _offset, length) => new Uint8Array(Math.min(length ?? 0, 1024));
    const model = bytes instanceof Uint8Array ? readModel(bytes, external) : bytes;
    inspectModel(model);
    prepareModel(model);
    assertQuantizable(model);
    return 'model';
  } catch (error) {
    if (error instanceof CalibrantError) return error.code;
    throw error;
  }
}

/** Mulberry32: the same mutations in every run. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

function mutated(good: Uint8Array, pick: (n: number) => number): Uint8Array {
  let bytes = good.slice();
  for (let edits = 1 + pick(4); edits > 0; edits--) {
    const at = pick(bytes.length);
    const kind = pick(5);
    if (kind === 0) bytes[at] = pick(256);
    else if (kind === 1) bytes[at] = (bytes[at] as number) ^ (1 << pick(8));
    else if (kind === 2) bytes.set([0xff, 0xff, 0xff, 0xff, 0x0f].slice(0, bytes.length - at), at);
    else if (kind === 3) bytes = new Uint8Array([...bytes.subarray(0, at), ...bytes.subarray(Math.min(bytes.length, at + 1 + pick(8)))]);
    else bytes = new Uint8Array([...bytes.subarray(0, at), ...bytes.subarray(pick(at + 1), at), ...bytes.subarray(at)]);
    if (bytes.length === 0) bytes = new Uint8Array([0]);
  }
  return bytes;
}

/** Values that break careless arithmetic on sizes. */
const NASTY = [-(2 ** 63), -(2 ** 31), -2, -1, 0, 1, 2, 3, 7, 64, 2 ** 16, 2 ** 31, 2 ** 53, 2 ** 63];

/** A model that reads well and makes no sense: other attributes, inputs, sizes, operators and opsets than its operators expect. */
function absurd(model: Model, pick: (n: number) => number): Model {
  const nasty = (): number => NASTY[pick(NASTY.length)] as number;
  const nodes = model.graph.nodes.map((node) => ({ ...node, inputs: [...node.inputs], attributes: new Map(node.attributes) }));
  const constants = new Map(model.graph.constants);
  let { inputs } = model.graph;
  const opsets = new Map(model.opsets);
  for (let edits = 1 + pick(3); edits > 0; edits--) {
    const node = nodes[pick(nodes.length)] as Node;
    const names = [...node.attributes.keys()];
    const kind = pick(7);
    if (kind === 0 && names.length > 0) {
      const name = names[pick(names.length)] as string;
      const old = node.attributes.get(name);
      if (old?.kind === 'int') node.attributes.set(name, { kind: 'int', value: nasty() });
      else if (old?.kind === 'ints') node.attributes.set(name, { kind: 'ints', value: Array.from({ length: pick(6) }, nasty) });
      else node.attributes.delete(name);
    } else if (kind === 1) node.inputs.splice(pick(node.inputs.length + 1), 1);
    else if (kind === 2) node.inputs[pick(node.inputs.length + 1)] = [...constants.keys(), 'x'][pick(constants.size + 1)] as string;
    else if (kind === 3)
      inputs = inputs.map((input) => ({ ...input, shape: [null, [], ['N', 'M', null], Array.from({ length: pick(6) }, nasty)][pick(4)] ?? null }));
    else if (kind === 4) node.op = (operatorModels[pick(operatorModels.length)]?.[1].graph.nodes[0] as Node).op;
    else if (kind === 5) opsets.set('', 7 + pick(15));
    else {
      const tensor = [...constants.values()][pick(constants.size)];
      if (tensor?.type === 'int64') {
        const values = Array.from({ length: tensor.bytes.length / 8 }, nasty);
        constants.set(tensor.name, intTensor(tensor.name, tensor.dims, values));
      }
    }
  }
  // Holes where an input was put behind the end.
  const dense = nodes.map((node) => ({ ...node, inputs: Array.from(node.inputs, (name) => name ?? '') }));
  return { ...model, opsets, graph: { ...model.graph, nodes: dense, constants, inputs } };
}

const ROUNDS = Number(process.env['FUZZ_ROUNDS'] ?? 3000);

describe('damaged ONNX files', () => {
  it('cut at any byte', () => {
    for (const good of files) {
      for (let length = 0; length < good.length; length++) {
        const code = outcome(good.subarray(0, length));
        if (length === 0) expect(code).toBe('model-empty');
        // Fields at the end that may be missing can be cut off whole: operator sets and functions.
        else expect(['model-truncated', 'model-invalid', 'model-unsupported-opset', 'model-unknown-domain', outcome(good)]).toContain(code);
      }
    }
  });

  it.each([
    ['of the onnx package', files],
    ['for every operator', operators],
  ])('with thousands of random mutations: %s', (_name, seeds) => {
    const next = random(7);
    const codes = new Set<string>();
    for (let i = 0; i < ROUNDS; i++) codes.add(outcome(mutated(seeds[i % seeds.length] as Uint8Array, (n) => Math.floor(next() * n))));
    expect(codes.size).toBeGreaterThan(3);
  });

  it('that read well and make no sense', () => {
    const next = random(11);
    const pick = (n: number): number => Math.floor(next() * n);
    const codes = new Set<string>();
    for (let i = 0; i < ROUNDS; i++) codes.add(outcome(absurd((operatorModels[i % operatorModels.length] as [string, Model])[1], pick)));
    expect(codes).toContain('model');
  });
});
