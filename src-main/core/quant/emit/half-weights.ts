import type { Problem } from '../../../contract/model.ts';
import { codeOf } from '../../onnx/element-types.ts';
import type { Model, Node, Tensor } from '../../onnx/graph.ts';
import { freshName, namesDefinedIn } from '../../onnx/names.ts';
import { constantProblems, halfConstant } from './float16/constants.ts';

/** Keeps constants in half precision and casts them to float32 where they are used: half the file, the same arithmetic. */
export function withHalfWeights(model: Model, names: readonly string[]): { model: Model; warnings: Problem[] } {
  const { graph } = model;
  const taken = namesDefinedIn(graph);
  const constants = new Map(graph.constants);
  const casts: Node[] = [];
  const warnings: Problem[] = [];
  for (const name of names) {
    const half = halfConstant(graph.constants.get(name) as Tensor);
    warnings.push(...constantProblems(half));
    const stored = { ...half.tensor, name: freshName(`${name}_float16`, taken) };
    constants.delete(name);
    constants.set(stored.name, stored);
    const attributes: Node['attributes'] = new Map([['to', { kind: 'int', value: codeOf('float32') }]]);
    casts.push({ name: freshName(`${name}_Cast`, taken), op: 'Cast', domain: '', inputs: [stored.name], outputs: [name], attributes });
  }
  return { model: { ...model, graph: { ...graph, constants, nodes: [...casts, ...graph.nodes] } }, warnings };
}
