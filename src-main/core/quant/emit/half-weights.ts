import type { Problem } from '../../../contract/model.ts';
import { codeOf } from '../../onnx/element-types.ts';
import type { Model, Node, Tensor } from '../../onnx/graph.ts';
import { countUses, freshName, namesDefinedIn } from '../../onnx/names.ts';
import type { Plan } from '../types.ts';
import { constantProblems, halfConstant } from './float16/constants.ts';

/**
 * Keeps the plan's weights in half precision and casts them to float32 where they are used: half the file, the same arithmetic. Nodes that the plan leaves
 * alone, and outputs of the model, keep the float ones.
 */
export function withHalfWeights(model: Model, { halfWeights, placements }: Pick<Plan, 'halfWeights' | 'placements'>): { model: Model; warnings: Problem[] } {
  const { graph } = model;
  const taken = namesDefinedIn(graph);
  const takenNodes = new Set(graph.nodes.map((node) => node.name));
  const integerNodes = new Set(placements.filter(({ placement }) => placement === 'integer').map(({ node }) => node));
  const constants = new Map(graph.constants);
  const casts: Node[] = [];
  const warnings: Problem[] = [];
  const cast = new Map(
    halfWeights.map((name) => {
      const half = halfConstant(graph.constants.get(name) as Tensor);
      warnings.push(...constantProblems(half));
      const [stored, output] = [freshName(`${name}_float16`, taken), freshName(`${name}_Cast_Output`, taken)];
      constants.set(stored, { ...half.tensor, name: stored });
      const attributes: Node['attributes'] = new Map([['to', { kind: 'int', value: codeOf('float32') }]]);
      casts.push({ name: freshName(`${name}_Cast`, takenNodes), op: 'Cast', domain: '', inputs: [stored], outputs: [output], attributes });
      return [name, output] as const;
    }),
  );
  const nodes = graph.nodes.map((node) => (integerNodes.has(node.name) ? { ...node, inputs: node.inputs.map((name) => cast.get(name) ?? name) } : node));
  const used = countUses({ ...graph, nodes: [...casts, ...nodes] });
  const kept = new Map([...constants].filter(([name]) => used.has(name)));
  return { model: { ...model, graph: { ...graph, constants: kept, nodes: [...casts, ...nodes] } }, warnings };
}
