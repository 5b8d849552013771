import type { Graph } from '../graph.ts';

export interface PassContext {
  /** Version of ai.onnx. */
  opset: number;
  /** Tells what was done, or could not be. */
  note(code: string, message: string, node?: string): void;
}

/** Computes the same; changes nothing in place. */
export type Pass = (graph: Graph, context: PassContext) => Graph;
