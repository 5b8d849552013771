import type { Model, Node } from '../../src-main/core/onnx/graph.ts';
import { intTensor } from '../../src-main/core/onnx/tensor.ts';
import { operatorModels } from '../core/onnx/operators.ts';

/** Up to four random edits: a byte, a bit, a length that never ends, a piece cut out, a piece doubled. `pick(n)` is a whole number below n. */
export function mutated(good: Uint8Array, pick: (n: number) => number): Uint8Array {
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
export function absurd(model: Model, pick: (n: number) => number): Model {
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
