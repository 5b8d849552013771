import { subgraphsOf } from './attributes.ts';
import type { Graph, Node } from './graph.ts';

/** Every tensor that a node reads, including what its bodies (If, Loop, Scan) take from the graph around them; each once. */
export function namesReadBy(node: Node): Set<string> {
  const names = new Set(node.inputs);
  names.delete('');
  for (const body of subgraphsOf(node)) for (const name of namesFromOutside(body)) names.add(name);
  return names;
}

/** Tensors that a body uses without making them. */
function namesFromOutside(graph: Graph): Set<string> {
  const own = namesDefinedIn(graph);
  const used = new Set(graph.outputs.map((output) => output.name));
  for (const node of graph.nodes) for (const name of namesReadBy(node)) used.add(name);
  for (const name of own) used.delete(name);
  return used;
}

/** Inputs, constants and outputs of nodes. */
export function namesDefinedIn(graph: Graph): Set<string> {
  const names = new Set(graph.constants.keys());
  for (const input of graph.inputs) names.add(input.name);
  for (const node of graph.nodes) for (const output of node.outputs) if (output) names.add(output);
  return names;
}

/** How many nodes read each tensor; being a graph output counts as one more. */
export function countUses(graph: Graph): Map<string, number> {
  const uses = new Map<string, number>();
  const count = (name: string): void => void uses.set(name, (uses.get(name) ?? 0) + 1);
  for (const node of graph.nodes) for (const name of namesReadBy(node)) count(name);
  for (const output of graph.outputs) count(output.name);
  return uses;
}

/** Every name that the bodies inside a graph make for themselves, at any depth. */
export function namesInBodies(graph: Graph): Set<string> {
  const names = new Set<string>();
  for (const body of graph.nodes.flatMap(subgraphsOf)) {
    for (const inner of [namesDefinedIn(body), namesInBodies(body)]) for (const name of inner) names.add(name);
  }
  return names;
}

/** The next number to try for a wish: thirty thousand nodes of one name must not each count from 1. */
const nextNumbers = new WeakMap<Set<string>, Map<string, number>>();

/** A name that is not taken yet: the wish, or the wish with a number. It is taken then. */
export function freshName(wish: string, taken: Set<string>): string {
  let name = wish;
  if (taken.has(wish)) {
    const numbers = nextNumbers.get(taken) ?? new Map<string, number>();
    nextNumbers.set(taken, numbers);
    let number = numbers.get(wish) ?? 1;
    while (taken.has(`${wish}_${number}`)) number++;
    numbers.set(wish, number + 1);
    name = `${wish}_${number}`;
  }
  taken.add(name);
  return name;
}
