import type { Node } from '../onnx/graph.ts';
import { floatsOf } from '../onnx/tensor.ts';
import type { GraphView } from './view.ts';

/** Several nodes that are one function of one tensor. */
export interface Pattern {
  name: 'Gelu' | 'SiLU';
  nodes: Node[];
  input: string;
  output: string;
}

/**
 * Finds x·Φ(x) as exporters write it (Gelu with Erf: x·(1 + erf(x/√2))/2; with Tanh: x·(1 + tanh(√(2/π)(x + 0.044715x³)))/2) and x·σ(x) (SiLU, Swish).
 * The tensors inside belong to nobody else.
 */
export function findPatterns(view: GraphView): Pattern[] {
  return view.graph.nodes.flatMap((node) => (node.domain === '' ? (gelu(node, view) ?? silu(node, view) ?? []) : []));
}

/** x · σ(x), found at σ. */
function silu(sigmoid: Node, view: GraphView): Pattern | null {
  if (sigmoid.op !== 'Sigmoid') return null;
  const [x = ''] = sigmoid.inputs;
  const product = soleConsumer(sigmoid.outputs[0] as string, view);
  if (product?.op !== 'Mul' || !product.inputs.includes(x)) return null;
  return { name: 'SiLU', nodes: [sigmoid, product], input: x, output: product.outputs[0] as string };
}

/** Found at its Erf or Tanh: everything between the tensor that all of it hangs on and the product behind is inside. */
function gelu(middle: Node, view: GraphView): Pattern | null {
  if (middle.op !== 'Erf' && middle.op !== 'Tanh') return null;
  const plusOne = soleConsumer(middle.outputs[0] as string, view);
  if (plusOne?.op !== 'Add' || !plusOne.inputs.some((name) => isScalar(name, 1, view))) return null;
  const before = upstream(middle, view);
  for (const x of before.candidates) {
    const after = downstream(plusOne, x, view);
    if (!after) continue;
    const nodes = new Set([...before.nodesUpTo(x), middle, plusOne, ...after]);
    const last = after.at(-1) as Node;
    if (!closed(nodes, last, view)) continue;
    return { name: 'Gelu', nodes: view.graph.nodes.filter((node) => nodes.has(node)), input: x, output: last.outputs[0] as string };
  }
  return null;
}

const LONGEST = 6;
const INNER = new Set(['Mul', 'Div', 'Add', 'Pow']);

/** The nodes before `from` by element-wise steps, and the tensors at which they may begin, nearest first. */
function upstream(from: Node, view: GraphView): { candidates: string[]; nodesUpTo(x: string): Node[] } {
  const nodes = new Map<string, Node>();
  const candidates: string[] = [];
  let frontier = from.inputs.slice();
  for (let step = 0; step <= LONGEST && frontier.length > 0; step++) {
    const next: string[] = [];
    for (const name of frontier) {
      if (view.constant(name) || candidates.includes(name)) continue;
      candidates.push(name);
      const maker = view.producers.get(name);
      if (!maker || !INNER.has(maker.op) || maker.domain !== '') continue;
      nodes.set(name, maker);
      next.push(...maker.inputs);
    }
    frontier = next;
  }
  const nodesUpTo = (x: string): Node[] => {
    const found: Node[] = [];
    const visit = (name: string): void => {
      const maker = name === x ? undefined : nodes.get(name);
      if (!maker || found.includes(maker)) return;
      found.push(maker);
      maker.inputs.forEach(visit);
    };
    from.inputs.forEach(visit);
    return found;
  };
  return { candidates, nodesUpTo };
}

/** (1 + …) times x times a half, in either order. */
function downstream(plusOne: Node, x: string, view: GraphView): Node[] | null {
  const found: Node[] = [];
  let timesX = false;
  let half = false;
  for (let node: Node | undefined = plusOne; !(timesX && half);) {
    const made: string = node.outputs[0] as string;
    const next: Node | null = soleConsumer(made, view);
    if (next?.op !== 'Mul' && next?.op !== 'Div') return null;
    const other: string = next.inputs[0] === made ? (next.inputs[1] as string) : (next.inputs[0] as string);
    const halfOfX = view.producers.get(other);
    if (other === x && next.op === 'Mul') timesX = true;
    else if (isScalar(other, next.op === 'Mul' ? 0.5 : 2, view)) half = true;
    else if (halfOfX?.op === 'Mul' && halfOfX.inputs.includes(x) && halfOfX.inputs.some((name) => isScalar(name, 0.5, view))) {
      timesX = half = true;
      found.push(halfOfX);
    } else return null;
    found.push(next);
    node = next;
  }
  return found;
}

/** No tensor inside is read outside or is an output of the graph. */
function closed(nodes: ReadonlySet<Node>, last: Node, view: GraphView): boolean {
  return [...nodes].every(
    (node) => node === last || node.outputs.every((name) => !view.outputs.has(name) && (view.consumers.get(name) ?? []).every((reader) => nodes.has(reader))),
  );
}

function soleConsumer(name: string, view: GraphView): Node | null {
  const consumers = view.consumers.get(name) ?? [];
  return consumers.length === 1 && !view.outputs.has(name) ? (consumers[0] as Node) : null;
}

function isScalar(name: string, value: number, view: GraphView): boolean {
  const tensor = view.constant(name);
  if (!tensor || tensor.type !== 'float32') return false;
  const values = floatsOf(tensor);
  return values.length === 1 && Math.abs((values[0] as number) - value) < 1e-3;
}
