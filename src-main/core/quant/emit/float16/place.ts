import type { Placement } from '../../../../contract/results.ts';
import type { Graph, Node } from '../../../onnx/graph.ts';
import { namesReadBy } from '../../../onnx/names.ts';
import type { GraphView } from '../../view.ts';
import { float32Reason, readsShapesOnly } from './operators.ts';

/**
 * Decides for every node whether it computes in half precision.
 * @param tooLarge tensors that half precision cannot hold → why
 * @returns one placement for each node, in the order of the graph
 */
export function placeInHalf(graph: Graph, view: GraphView, exclude: ReadonlySet<string>, tooLarge: ReadonlyMap<string, string>): Placement[] {
  const floats = (names: Iterable<string>): string[] => [...names].filter((name) => view.typeOf(name) === 'float32');
  const reasons = new Map<Node, string>();
  for (const node of graph.nodes) {
    const reason = exclude.has(node.name) ? 'excluded by the recipe' : (float32Reason(node) ?? unknownType(node, view) ?? largeTensor(node, tooLarge));
    if (reason && !readsShapesOnly(node)) reasons.set(node, reason);
  }
  for (const node of sizeComputations(graph, view, reasons)) reasons.set(node, 'it computes sizes or indices, which half precision would round');
  return graph.nodes.map((node): Placement => {
    const where = { node: node.name, op: node.op };
    const reason = reasons.get(node);
    if (readsShapesOnly(node) || floats([...namesReadBy(node), ...node.outputs]).length === 0)
      return { ...where, placement: 'float', reason: 'float: it has no floats to convert' };
    if (reason !== undefined) return { ...where, placement: 'float', reason: `float: ${reason}` };
    return { ...where, placement: 'float16', reason: `float16: ${node.op} in half precision` };
  });
}

/** Where a type is not known, nobody can say whether a Cast is needed. */
function unknownType(node: Node, view: GraphView): string | null {
  const unknown = [...node.inputs, ...node.outputs].find((name) => name !== '' && (view.typeOf(name) ?? 'other') === 'other');
  return unknown === undefined ? null : `the type of ${unknown} is not known`;
}

function largeTensor(node: Node, tooLarge: ReadonlyMap<string, string>): string | null {
  const large = [...node.inputs, ...node.outputs].find((name) => tooLarge.has(name));
  return large === undefined ? null : `${large} ${tooLarge.get(large)}`;
}

/**
 * Nodes between a Cast from integers and a Cast back: exporters compute sizes in float (Shape → Cast → Mul → Floor → Cast), and half precision has no odd
 * numbers above 2048.
 */
function sizeComputations(graph: Graph, view: GraphView, float32: ReadonlyMap<Node, string>): Set<Node> {
  const isFloat = (name: string): boolean => view.typeOf(name) === 'float32';
  const fromIntegers = new Set<string>();
  const candidates = graph.nodes.filter((node) => {
    if (float32.has(node)) return false;
    const read = node.inputs.filter((name) => isFloat(name) && !view.constant(name));
    const starts = node.op === 'Cast' && read.length === 0 && node.inputs.every((name) => view.typeOf(name) !== 'float16' && view.typeOf(name) !== 'float64');
    if (!starts && (read.length === 0 || !read.every((name) => fromIntegers.has(name)))) return false;
    for (const name of node.outputs.filter(isFloat)) fromIntegers.add(name);
    return true;
  });
  const found = new Set<Node>();
  for (const node of candidates.toReversed()) {
    const ends = node.outputs.filter(isFloat).every((name) => {
      return !view.outputs.has(name) && (view.consumers.get(name) ?? []).every((consumer) => found.has(consumer) || float32.has(consumer));
    });
    if (ends) found.add(node);
  }
  return found;
}
