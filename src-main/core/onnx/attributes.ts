import type { Attribute, Graph, Node, Tensor } from './graph.ts';

type Values = { [A in Attribute as A['kind']]: A['value'] };

/** One of another kind counts as left out. */
function valueOf<K extends keyof Values>(node: Node, name: string, kind: K): Values[K] | undefined {
  const attribute = node.attributes.get(name);
  return attribute?.kind === kind ? (attribute.value as Values[K]) : undefined;
}

export function intAttribute(node: Node, name: string, fallback: number): number {
  return valueOf(node, name, 'int') ?? fallback;
}

export function floatAttribute(node: Node, name: string, fallback: number): number {
  return valueOf(node, name, 'float') ?? fallback;
}

export function stringAttribute(node: Node, name: string, fallback: string): string {
  return valueOf(node, name, 'string') ?? fallback;
}

export function intsAttribute(node: Node, name: string): number[] | undefined {
  return valueOf(node, name, 'ints');
}

export function floatsAttribute(node: Node, name: string): number[] | undefined {
  return valueOf(node, name, 'floats');
}

export function tensorAttribute(node: Node, name: string): Tensor | undefined {
  return valueOf(node, name, 'tensor');
}

/** The bodies of If, Loop and Scan. */
export function subgraphsOf(node: Node): Graph[] {
  return [...node.attributes.values()].flatMap((attribute) => (attribute.kind === 'graph' ? [attribute.value] : []));
}

/** The nodes of a graph and of all bodies inside it. */
export function nodesWithin(graph: Graph): Node[] {
  return graph.nodes.flatMap((node) => [node, ...subgraphsOf(node).flatMap(nodesWithin)]);
}

/** A copy of the attributes without some of them. */
export function without(attributes: Map<string, Attribute>, ...names: string[]): Map<string, Attribute> {
  return new Map([...attributes].filter(([name]) => !names.includes(name)));
}
