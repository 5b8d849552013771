import type { Attribute, Graph, Node, Tensor } from './graph.ts';

/** Attributes of a node by kind; one of another kind counts as left out. */
function valueOf<K extends Attribute['kind']>(node: Node, name: string, kind: K): Extract<Attribute, { kind: K }>['value'] | undefined {
  const attribute = node.attributes.get(name);
  return attribute?.kind === kind ? (attribute as Extract<Attribute, { kind: K }>).value : undefined;
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

/** A copy of the attributes without some of them. */
export function without(attributes: Map<string, Attribute>, ...names: string[]): Map<string, Attribute> {
  return new Map([...attributes].filter(([name]) => !names.includes(name)));
}
