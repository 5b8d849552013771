import type { Attribute, Graph, Node } from '../graph.ts';
import { namesDefinedIn } from '../names.ts';

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

/** What a body makes itself hides a name of the graph around it. */
function renameInBody(body: Graph, outside: ReadonlyMap<string, string>): Graph {
  const own = namesDefinedIn(body);
  const names = [...own].some((name) => outside.has(name)) ? new Map([...outside].filter(([name]) => !own.has(name))) : outside;
  const outputs = body.outputs.map((output) => ({ ...output, name: names.get(output.name) ?? output.name }));
  return { ...body, outputs, nodes: body.nodes.map((node) => renameReads(node, names)) };
}
