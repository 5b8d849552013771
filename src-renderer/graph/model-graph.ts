import type { ModelReport, NodeRow } from '../../src-main/contract/model.ts';

/** One thing to draw: a node of the model, or one of its inputs and outputs. */
export interface GraphNode {
  kind: 'node' | 'input' | 'output';
  /** Of the node, or of the input's or output's tensor. */
  name: string;
  /** "input" and "output" for the ends. */
  op: string;
}

export interface GraphEdge {
  from: number;
  to: number;
  tensor: string;
}

/** The model as it is drawn; positions in `nodes` are in an order in which every edge leads forwards (ONNX wants its nodes in such an order). */
export interface ModelGraph {
  nodes: readonly GraphNode[];
  edges: readonly GraphEdge[];
  /** Node name → position. */
  positions: ReadonlyMap<string, number>;
  /** Constant nodes are left out: they hold values and would stand beside every Clip and Reshape. */
  constants: number;
}

/** @throws never: a tensor that nobody makes is a weight and has no edge. */
export function modelGraph(report: Pick<ModelReport, 'nodes' | 'inputs' | 'outputs'>): ModelGraph {
  const isConstant = (row: NodeRow): boolean => row.op === 'Constant' && row.inputs.length === 0;
  const rows = report.nodes.filter((row) => !isConstant(row));
  const makers = new Map<string, number>();
  const read = new Set(rows.flatMap((row) => row.inputs));
  const nodes: GraphNode[] = [];
  const edges: GraphEdge[] = [];

  for (const { name } of report.inputs) {
    if (!read.has(name)) continue;
    makers.set(name, nodes.length);
    nodes.push({ kind: 'input', name, op: 'input' });
  }
  const first = nodes.length;
  for (const row of rows) {
    for (const tensor of row.outputs) if (tensor) makers.set(tensor, nodes.length);
    nodes.push({ kind: 'node', name: row.name, op: row.op });
  }
  const connect = (tensor: string, to: number): void => {
    const from = makers.get(tensor);
    if (from !== undefined && from < to) edges.push({ from, to, tensor });
  };
  rows.forEach((row, i) => new Set(row.inputs).forEach((tensor) => connect(tensor, first + i)));
  for (const { name } of report.outputs) {
    if (!makers.has(name)) continue;
    nodes.push({ kind: 'output', name, op: 'output' });
    connect(name, nodes.length - 1);
  }
  const positions = new Map(rows.map((row, i) => [row.name, first + i]));
  return { nodes, edges, positions, constants: report.nodes.length - rows.length };
}
