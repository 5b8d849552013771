import { describe, expect, it } from 'vitest';
import type { Tensor } from '../../../src-main/core/onnx/graph.ts';
import { readModel, type ExternalReader } from '../../../src-main/core/onnx/read.ts';
import { floatTensor, intTensor } from '../../../src-main/core/onnx/tensor.ts';
import { writeModelApart, writeModelFiles } from '../../../src-main/core/onnx/write-external.ts';
import { modelSize, writeModel } from '../../../src-main/core/onnx/write.ts';
import { constantOf, graphOf, info, modelOf, node, nodeOf } from './build.ts';
import { noise } from './run.ts';

const strings: Tensor = { name: 'texts', type: 'string', dims: [2], bytes: Uint8Array.of(0x32, 1, 97, 0x32, 1, 98) };

/** Constants of every size and kind: 4 bytes, text, 1 KiB + 4, 1 MiB, and one of a body. */
function manyConstants() {
  const body = graphOf({ nodes: [node('Add', ['x', 'inner'], ['sum'])], inputs: [], outputs: [info('sum')], constants: [floatTensor('inner', [500], noise(500, 4))] }); // prettier-ignore
  return modelOf({
    nodes: [
      node('If', ['flag'], ['a'], { then_branch: { kind: 'graph', value: body }, else_branch: { kind: 'graph', value: body } }),
      node('Add', ['a', 'odd'], ['b']),
      node('Gather', ['large', 'index'], ['c']),
      node('Identity', ['texts'], ['d']),
      node('Mul', ['b', 'own'], ['y'], { held: floatTensor('held', [400], noise(400, 5)) }, 'my.domain'),
    ],
    inputs: [info('x', [1]), info('flag', [], 'bool')],
    outputs: ['y', 'c', 'd'].map((name) => info(name, null, 'other')),
    constants: [
      intTensor('index', [1], [3]),
      strings,
      floatTensor('odd', [257], noise(257)),
      floatTensor('large', [1 << 18, 1], noise(1 << 18, 2)),
      floatTensor('own', [257], noise(257, 3)),
    ],
  });
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts));
}

describe('a model and its file of weights', () => {
  const externalName = (parts: readonly Uint8Array[]): string => `w-${parts.length}.data`;

  it('is one file up to the threshold', () => {
    const model = manyConstants();
    const size = modelSize(model);
    expect(writeModel(model).length).toBe(size);
    expect(writeModelFiles(model, { externalName, threshold: size })).toEqual({ model: writeModel(model), external: null });
    expect(writeModelFiles(model, { externalName, threshold: size - 1 }).external).not.toBeNull();
  });

  it('reads back equal, with every larger constant outside and at its alignment', () => {
    const model = manyConstants();
    const files = writeModelFiles(model, { externalName, external: true });
    expect(files.model.length).toBeLessThan(4000);
    const { name, parts, bytes } = files.external as NonNullable<typeof files.external>;
    expect(parts.reduce((sum, part) => sum + part.length, 0)).toBe(bytes);
    expect(parts).toContain(constantOf(model.graph, 'large').bytes);
    const data = joined(parts);
    const read: [string, number, number | null][] = [];
    const external: ExternalReader = (location, offset, length) => {
      read.push([location, offset, length]);
      return data.slice(offset, offset + (length ?? 0));
    };
    expect(readModel(files.model, external)).toEqual(readModel(writeModel(model)));
    // odd (1028 bytes) at 0, large (1 MiB) at the next 64 KiB, own (1028) right behind it, the body's (2000) at the next 64; both branches share it.
    const place = (offset: number, length: number): [string, number, number] => [name, offset, length];
    const inner = place(65536 + (1 << 20) + 1088, 2000);
    expect(read).toEqual([place(0, 1028), place(65536, 1 << 20), place(65536 + (1 << 20), 1028), inner, inner]);
  });

  it('writes constants that share their memory once', () => {
    const tied = floatTensor('a', [300], noise(300));
    const model = modelOf({ nodes: [node('Add', ['a', 'b'], ['y'])], constants: [tied, { ...tied, name: 'b', dims: [3, 100] }] });
    expect(writeModelFiles(model, { externalName, external: true }).external?.bytes).toBe(1200);
  });

  it('knows the size of what could never be one file, and does not touch its weights', () => {
    // Memory that is never written to is never taken.
    const vast: Tensor = { name: 'w', type: 'float32', dims: [1.25e9], bytes: new Uint8Array(5e9) };
    const model = modelOf({ nodes: [node('Add', ['x', 'w'], ['y'])], constants: [vast] });
    expect(modelSize(model)).toBeGreaterThan(5e9);
    expect(modelSize(model)).toBeLessThan(5e9 + 1000);
    const { external } = writeModelFiles(model, { externalName });
    expect(external).toMatchObject({ bytes: 5e9 });
    expect(external?.parts[0]).toBe(vast.bytes);
  });

  it('has no second file when nothing is large enough for it', () => {
    const model = modelOf({ nodes: [node('Add', ['x', 'w'], ['y'])], constants: [floatTensor('w', [3], new Float32Array(3))] });
    expect(writeModelFiles(model, { externalName, external: true })).toEqual({ model: writeModel(model), external: null });
  });
});

it('hands every larger constant of the outer graph over by itself, not copied', () => {
  const model = manyConstants();
  const { model: bytes, files } = writeModelApart(model);
  expect([...files.values()]).toEqual(['odd', 'large', 'own'].map((name) => constantOf(model.graph, name).bytes));
  expect([...files.values()][1]).toBe(constantOf(model.graph, 'large').bytes);
  const again = readModel(bytes, (location) => files.get(location) as Uint8Array);
  expect(again).toEqual(readModel(writeModel(model)));
  expect(nodeOf(again.graph, 'If:a').attributes.size).toBe(2);
});
