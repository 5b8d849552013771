import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CalibrantError } from '../../../src-main/contract/errors.ts';
import { readModel } from '../../../src-main/core/onnx/read.ts';
import { floatsOf, floatTensor, intsOf } from '../../../src-main/core/onnx/tensor.ts';
import { writeModel } from '../../../src-main/core/onnx/write.ts';
import { hasShared, shared } from '../../fixtures/shared.ts';
import { constantOf, modelOf, node, nodeOf } from './build.ts';

// Written by the onnx Python package: make-files.py.
const file = (name: string): Uint8Array => new Uint8Array(readFileSync(join(import.meta.dirname, 'files', name)));
const codeOf = (read: () => unknown): string => {
  try {
    read();
  } catch (error) {
    if (error instanceof CalibrantError) return error.code;
    throw error;
  }
  return 'no error';
};
const messageOf = (read: () => unknown): string => {
  try {
    read();
  } catch (error) {
    return (error as Error).message;
  }
  return 'no error';
};

describe('readModel', () => {
  it('reads constants of every type from the list that belongs to it', () => {
    const { graph } = readModel(file('typed-fields.onnx'));
    const expected = JSON.parse(readFileSync(join(import.meta.dirname, 'files', 'typed-fields.json'), 'utf8'));
    for (const [name, values] of Object.entries(expected.floats)) expect([name, [...floatsOf(constantOf(graph, name))]]).toEqual([name, values]);
    for (const [name, values] of Object.entries(expected.ints)) expect([name, intsOf(constantOf(graph, name))]).toEqual([name, values]);
    expect(constantOf(graph, 'scalar').dims).toEqual([]);
  });

  it('keeps weights as views on the bytes of the file', () => {
    const bytes = file('typed-fields.onnx');
    const { graph } = readModel(bytes);
    expect(constantOf(graph, 'raw').bytes.buffer).toBe(bytes.buffer);
    expect(constantOf(graph, 'f32').bytes.buffer).toBe(bytes.buffer);
  });

  it('sorts nodes, names them, resolves what bodies read, and takes weights out of the inputs', () => {
    const model = readModel(file('bodies.onnx'));
    expect(model.graph.nodes.map((n) => n.name)).toEqual(['Mul_1', 'If_0', 'custom']);
    expect(model.graph.inputs.map((i) => i.name)).toEqual(['x', 'flag']);
    expect(model.listedAsInputs).toEqual(['w']);
    expect(model.producer).toBe('maker 1.2');
    expect(Object.fromEntries(model.opsets)).toEqual({ '': 17, 'my.domain': 2 });
    expect(Object.fromEntries(model.metadata)).toEqual({ author: 'someone', note: 'äöü' });
    expect(model.graph.values.get('c')).toEqual({ name: 'c', type: 'float32', shape: ['N', 3] });
    expect(model.graph.values.get('y')).toEqual({ name: 'y', type: 'float32', shape: null });
    const custom = nodeOf(model.graph, 'custom');
    expect(custom.inputs).toEqual(['x', '', 'w']);
    const kinds = Object.fromEntries([...custom.attributes].map(([name, a]) => [name, a.kind]));
    expect(kinds).toEqual({ f: 'float', i: 'int', s: 'string', raw: 'opaque', fs: 'floats', ints: 'ints', strings: 'strings', t: 'tensor', types: 'opaque' });
    expect(custom.attributes.get('ints')?.value).toEqual([1, 2 ** 63]);
    const body = nodeOf(model.graph, 'If_0').attributes.get('then_branch');
    expect(body?.kind === 'graph' && body.value.nodes[0]?.op).toBe('Add');
  });

  it.each(['typed-fields.onnx', 'bodies.onnx', 'function.onnx'])('writes %s so that it reads the same', (name) => {
    const model = readModel(file(name));
    const again = readModel(writeModel(model));
    const { listedAsInputs, ...kept } = model;
    expect(again).toEqual(kept);
    expect(writeModel(again)).toEqual(writeModel(model));
    expect(listedAsInputs === undefined).toBe(name !== 'bodies.onnx');
  });

  it('names local functions and keeps their bodies', () => {
    const model = readModel(file('function.onnx'));
    expect(model.functions).toEqual(['local.Twice']);
    expect(model.functionBodies?.length).toBe(1);
  });

  it.skipIf(!hasShared)('reads a 14 MB model in a few milliseconds, without copying weights', () => {
    const bytes = new Uint8Array(readFileSync(shared('models/imagenet/mobilenetv2-7-fp32.onnx')));
    readModel(bytes);
    const times = Array.from({ length: 5 }, () => {
      const start = performance.now();
      readModel(bytes);
      return performance.now() - start;
    });
    expect(Math.min(...times)).toBeLessThan(20);
    expect([...readModel(bytes).graph.constants.values()].every((tensor) => tensor.bytes.buffer === bytes.buffer)).toBe(true);
  });
});

describe('malformed files', () => {
  it('tells empty, foreign and truncated files apart', () => {
    const good = file('bodies.onnx');
    expect(codeOf(() => readModel(new Uint8Array(0)))).toBe('model-empty');
    expect(codeOf(() => readModel(new TextEncoder().encode('this is a text file\n')))).toBe('model-not-onnx');
    expect(codeOf(() => readModel(new Uint8Array([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10])))).toBe('model-not-onnx');
    expect(messageOf(() => readModel(new Uint8Array([0x1c, 0, 0, 0, 0x54, 0x46, 0x4c, 0x33, 0, 0])))).toMatch(/TensorFlow Lite/);
    expect(codeOf(() => readModel(good.subarray(0, good.length - 30)))).toBe('model-truncated');
  });

  const invalid: [string, Parameters<typeof modelOf>[0], RegExp][] = [
    ['a tensor made twice', { nodes: [node('Relu', ['x'], ['y']), node('Neg', ['x'], ['y'])] }, /tensor y is made twice/],
    ['a tensor that nothing makes', { nodes: [node('Add', ['x', 'ghost'], ['y'])] }, /reads the tensor ghost, which nothing makes/],
    ['an output that nothing makes', { nodes: [node('Relu', ['x'], ['z'])] }, /output y is made by nothing/],
    ['a cycle', { nodes: [node('Add', ['x', 'b'], ['a']), node('Add', ['a', 'x'], ['b']), node('Relu', ['b'], ['y'])] }, /wait for each other/],
    ['a node that waits for itself', { nodes: [node('Add', ['x', 'y'], ['y'])] }, /wait for each other/],
    [
      'a constant whose bytes do not fit its shape',
      { nodes: [node('Add', ['x', 'w'], ['y'])], constants: [{ ...floatTensor('w', [3], new Float32Array(3)), dims: [4] }] },
      /constant w of shape \[4\] needs 16 bytes and has 12/,
    ],
    [
      'a constant with a huge shape',
      { nodes: [node('Add', ['x', 'w'], ['y'])], constants: [{ ...floatTensor('w', [3], new Float32Array(3)), dims: [2 ** 40, 2 ** 40] }] },
      /impossible shape/,
    ],
  ];
  it.each(invalid)('refuses %s', (_what, parts, message) => {
    const bytes = writeModel(modelOf(parts));
    expect(codeOf(() => readModel(bytes))).toBe('model-invalid');
    expect(messageOf(() => readModel(bytes))).toMatch(message);
  });

  it('refuses a model without a graph', () => {
    expect(messageOf(() => readModel(new Uint8Array([8, 8])))).toMatch(/has no graph/);
  });

  it('gives unnamed and equally named nodes names of their own', () => {
    const nodes = ['', 'same', 'same', ''].map((name, i) => ({ ...node('Relu', [i ? `t${i}` : 'x'], [i === 3 ? 'y' : `t${i + 1}`]), name }));
    expect(readModel(writeModel(modelOf({ nodes }))).graph.nodes.map((n) => n.name)).toEqual(['Relu_0', 'same', 'same_1', 'Relu_3']);
  });

  it('sorts a chain of 50 000 nodes that stands backwards', () => {
    const count = 50_000;
    const chain = Array.from({ length: count }, (_, i) => node('Relu', [i ? `t${i}` : 'x'], [i === count - 1 ? 'y' : `t${i + 1}`]));
    const { graph } = readModel(writeModel(modelOf({ nodes: chain.reverse() })));
    expect(graph.nodes[0]?.inputs).toEqual(['x']);
    expect(graph.nodes.at(-1)?.outputs).toEqual(['y']);
  });
});

describe('external data', () => {
  const external = (location: string, extra: Record<string, string> = {}): Uint8Array => {
    // TensorProto { dims: 2, data_type: float, name: w, data_location: EXTERNAL, external_data }, by hand: the writer keeps everything inside.
    const text = (field: number, value: string): number[] => [field * 8 + 2, value.length, ...new TextEncoder().encode(value)];
    const entry = (key: string, value: string): number[] => {
      const body = [...text(1, key), ...text(2, value)];
      return [13 * 8 + 2, body.length, ...body];
    };
    const entries = Object.entries({ location, ...extra }).flatMap(([key, value]) => entry(key, value));
    const tensor = [8, 2, 16, 1, ...text(8, 'w'), 14 * 8, 1, ...entries];
    const add = [...text(1, 'x'), ...text(1, 'w'), ...text(2, 'y'), ...text(4, 'Add')];
    const value = (name: string): number[] => text(1, name);
    const graph = [10, add.length, ...add, 42, tensor.length, ...tensor, 90, 3, ...value('x'), 98, 3, ...value('y')];
    const length = graph.length > 127 ? [(graph.length & 127) | 128, graph.length >> 7] : [graph.length];
    return new Uint8Array([8, 8, 58, ...length, ...graph, 66, 2, 16, 13]);
  };
  const data = new Uint8Array(new Float32Array([0, 1.5, 2.5, 0]).buffer);

  it('asks the reader for the place that the file names', () => {
    const asked: unknown[] = [];
    const model = readModel(external('weights/w.bin', { offset: '4', length: '8' }), (...args) => {
      asked.push(args);
      return data.subarray(4, 12);
    });
    expect(asked).toEqual([['weights/w.bin', 4, 8]]);
    expect([...floatsOf(constantOf(model.graph, 'w'))]).toEqual([1.5, 2.5]);
  });

  it.each(['../w.bin', '/etc/passwd', 'a/../../w.bin', 'C:\\w.bin', '\\\\server\\w.bin', '..\\w.bin', '', '.', 'a/..'])(
    'refuses to leave the folder: %j',
    (place) => {
      const never = (): Uint8Array => expect.unreachable('nothing may be read');
      expect(codeOf(() => readModel(external(place), never))).toBe('model-external-data-outside');
    },
  );

  it('refuses a length that does not fit before it reads, and bytes that are missing after', () => {
    const never = (): Uint8Array => expect.unreachable('nothing may be read');
    expect(codeOf(() => readModel(external('w.bin', { length: '99999999999' }), never))).toBe('model-invalid');
    expect(codeOf(() => readModel(external('w.bin', { offset: '-1' }), never))).toBe('model-invalid');
    expect(codeOf(() => readModel(external('w.bin'), () => data.subarray(0, 4)))).toBe('model-invalid');
    expect(codeOf(() => readModel(external('w.bin')))).toBe('model-external-data-missing');
  });
});
