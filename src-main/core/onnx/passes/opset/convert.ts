import { subgraphsOf } from '../../attributes.ts';
import type { Attribute, Graph, Node, Tensor } from '../../graph.ts';
import { freshName, namesDefinedIn, namesInBodies } from '../../names.ts';
import { inferShapes } from '../../shapes.ts';
import { clip, dft, dropout, gridSample, intsToInput, pad, roiAlign, slice, split, topK } from './attributes.ts';
import { groupNorm, inferenceNorm, perChannelNorm } from './normalization.ts';
import { resizeOfOpset10, resizeOfOpset11 } from './resize.ts';
import { alongRows } from './rows.ts';
import { refusal, type Conversion, type Workshop } from './workshop.ts';

const axesToInput = intsToInput('axes', 1);

/** What changed between opset 7 and 21 in a way that counts, in order; new attributes whose default is what was before do not. */
const CONVERSIONS: Record<string, readonly (readonly [since: number, convert: Conversion])[]> = {
  BatchNormalization: [[9, perChannelNorm], [14, inferenceNorm]],
  Clip: [[11, clip]],
  DFT: [[20, dft]],
  Dropout: [[12, dropout]],
  GridSample: [[20, gridSample]],
  GroupNormalization: [[21, groupNorm]],
  Hardmax: [[13, alongRows]],
  LogSoftmax: [[13, alongRows]],
  Pad: [[11, pad]],
  ReduceL1: [[18, axesToInput]],
  ReduceL2: [[18, axesToInput]],
  ReduceLogSum: [[18, axesToInput]],
  ReduceLogSumExp: [[18, axesToInput]],
  ReduceMax: [[18, axesToInput]],
  ReduceMean: [[18, axesToInput]],
  ReduceMin: [[18, axesToInput]],
  ReduceProd: [[18, axesToInput]],
  ReduceSum: [[13, axesToInput]],
  ReduceSumSquare: [[18, axesToInput]],
  Resize: [[11, resizeOfOpset10], [13, resizeOfOpset11]],
  RoiAlign: [[16, roiAlign]],
  Scan: [[9, (node, workshop) => { throw refusal(node, 'it works on a batch of sequences', workshop); }]],
  // Only the name is new.
  Scatter: [[11, (node) => [{ ...node, op: 'ScatterElements' }]]],
  Slice: [[10, slice]],
  Softmax: [[13, alongRows]],
  Split: [[13, intsToInput('split', 1)], [18, split]],
  Squeeze: [[13, axesToInput]],
  TopK: [[10, topK]],
  Unsqueeze: [[13, axesToInput]],
  Upsample: [[11, resizeOfOpset10]],
}; // prettier-ignore

/**
 * A graph in the operators of a later version, the bodies inside its nodes (If, Loop, Scan) too.
 * @param from 7 and above
 * @throws CalibrantError `model-unsupported-operator` for what has no counterpart
 */
export function convertOpset(graph: Graph, from: number, to: number): Graph {
  if (from >= to) return graph;
  const taken = new Set([...namesDefinedIn(graph), ...namesInBodies(graph)]);
  for (const node of graph.nodes) taken.add(node.name);
  return convertGraph(graph, from, to, taken, () => undefined);
}

/** Names are taken from one pool: a body must not hide a name of the graph around it. */
function convertGraph(graph: Graph, from: number, to: number, taken: Set<string>, outside: Workshop['constantOf']): Graph {
  const inferred = inferShapes(graph, from);
  const constants = new Map(graph.constants);
  const constantOf = (name: string): Tensor | undefined => constants.get(name) ?? outside(name);
  const workshop: Omit<Workshop, 'since'> = {
    constantOf,
    shapeOf: (name) => inferred.values.get(name)?.shape ?? constantOf(name)?.dims ?? null,
    fresh: (wish) => freshName(wish, taken),
    constant: (wish, make) => {
      const name = freshName(wish, taken);
      constants.set(name, make(name));
      return name;
    },
  };
  /** Step by step: what one conversion makes may have changed once more since. */
  const convert = (node: Node, version: number): Node[] => {
    const step = node.domain === '' ? CONVERSIONS[node.op]?.find(([since]) => since > version && since <= to) : undefined;
    if (!step) return [node];
    const [since, change] = step;
    return change(node, { ...workshop, since }).flatMap((next) => convert(next, since));
  };
  const nodes = graph.nodes.flatMap((node) => {
    if (subgraphsOf(node).length === 0) return convert(node, from);
    const attributes = [...node.attributes].map(([name, attribute]): [string, Attribute] => [
      name,
      attribute.kind === 'graph' ? { kind: 'graph', value: convertGraph(attribute.value, from, to, taken, constantOf) } : attribute,
    ]);
    return convert({ ...node, attributes: new Map(attributes) }, from);
  });
  return { ...graph, nodes, constants };
}
