import type { Graph, Node, Tensor } from '../../onnx/graph.ts';
import { freshName, namesDefinedIn } from '../../onnx/names.ts';

/** A graph while it is written: nodes in their order, which may still be changed. */
export class Draft {
  readonly nodes: Node[] = [];
  readonly constants: Map<string, Tensor>;
  private readonly producers = new Map<string, Node>();
  private readonly tensorNames: Set<string>;
  private readonly nodeNames: Set<string>;

  /** @param graph whose constants it starts with and whose names are taken */
  constructor(graph: Graph) {
    this.constants = new Map(graph.constants);
    this.tensorNames = namesDefinedIn(graph);
    this.nodeNames = new Set(graph.nodes.map((node) => node.name));
  }

  constant(name: string | undefined): Tensor | undefined {
    return name ? this.constants.get(name) : undefined;
  }

  producer(name: string): Node | undefined {
    return this.producers.get(name);
  }

  fresh(wish: string): string {
    return freshName(wish, this.tensorNames);
  }

  emit(node: Node): void {
    this.nodes.push(node);
    for (const output of node.outputs) this.producers.set(output, node);
  }

  renameOutput(node: Node, from: string, to: string): void {
    node.outputs = node.outputs.map((output) => (output === from ? to : output));
    this.producers.delete(from);
    this.producers.set(to, node);
  }

  append(op: string, name: string, inputs: string[], output: string): Node {
    const node: Node = { name: freshName(name, this.nodeNames), op, domain: '', inputs, outputs: [output], attributes: new Map() };
    this.emit(node);
    return node;
  }
}
