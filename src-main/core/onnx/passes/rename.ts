import type { Attribute, Graph, Node } from '../graph.ts';

/** A node that reads other tensors instead, in its bodies too. */
export function renameReads(node: Node, names: ReadonlyMap<string, string>): Node {
  const rename = (name: string): string => names.get(name) ?? name;
  const bodies = [...node.attributes].some(([, attribute]) => attribute.kind === 'graph');
  return { ...node, inputs: node.inputs.map(rename), attributes: bodies ? renameInBodies(node.attributes, names) : node.attributes };
}

function renameInBodies(attributes: Map<string, Attribute>, names: ReadonlyMap<string, string>): Map<string, Attribute> {
  return new Map(
    [...attributes].map(([key, attribute]) => [key, attribute.kind === 'graph' ? { kind: 'graph', value: renameInBody(attribute.value, names) } : attribute]),
  );
}

function renameInBody(body: Graph, names: ReadonlyMap<string, string>): Graph {
  const outputs = body.outputs.map((output) => ({ ...output, name: names.get(output.name) ?? output.name }));
  return { ...body, outputs, nodes: body.nodes.map((node) => renameReads(node, names)) };
}
