import type { ElementType, Graph, Node, Tensor } from '../onnx/graph.ts';
import { namesReadBy } from '../onnx/names.ts';

/** A graph as the plan reads it: who makes a tensor, who uses it, what is known of it. */
export interface GraphView {
  graph: Graph;
  /** Node that makes a tensor. */
  producers: Map<string, Node>;
  /** Nodes that use a tensor, once per node; a node with a body (If, Loop, Scan) uses what its body takes from outside. */
  consumers: Map<string, Node[]>;
  inputs: Set<string>;
  outputs: Set<string>;
  constant(name: string | undefined): Tensor | undefined;
  /** null where neither the file nor shape inference knows it. */
  typeOf(name: string): ElementType | null;
}

export function viewGraph(graph: Graph): GraphView {
  const producers = new Map<string, Node>();
  const consumers = new Map<string, Node[]>();
  for (const node of graph.nodes) {
    for (const output of node.outputs) if (output) producers.set(output, node);
    for (const name of namesReadBy(node)) {
      const list = consumers.get(name);
      if (list) list.push(node);
      else consumers.set(name, [node]);
    }
  }
  const types = new Map(graph.inputs.map((input) => [input.name, input.type] as const));
  return {
    graph,
    producers,
    consumers,
    inputs: new Set(graph.inputs.map((input) => input.name)),
    outputs: new Set(graph.outputs.map((output) => output.name)),
    constant: (name) => (name ? graph.constants.get(name) : undefined),
    typeOf: (name) => graph.constants.get(name)?.type ?? types.get(name) ?? graph.values.get(name)?.type ?? outputType(graph, name),
  };
}

function outputType(graph: Graph, name: string): ElementType | null {
  return graph.outputs.find((output) => output.name === name)?.type ?? null;
}
