import { CalibrantError } from '../../../../contract/errors.ts';
import type { Attribute, Dim, Node, Tensor } from '../../graph.ts';
import { floatTensor, intTensor } from '../../tensor.ts';

/** What a conversion may know and do besides replacing its node. */
export interface Workshop {
  /** The version that asks for the conversion. */
  since: number;
  shapeOf(name: string): readonly Dim[] | null;
  constantOf(name: string): Tensor | undefined;
  /** Keeps a constant under a name of its own and returns the name. */
  constant(wish: string, make: (name: string) => Tensor): string;
  fresh(wish: string): string;
}

/** The nodes that do in version `since` what a node did before. */
export type Conversion = (node: Node, workshop: Workshop) => Node[];

/** @param reason a clause */
export function refusal(node: Node, reason: string, { since }: Pick<Workshop, 'since'>): CalibrantError {
  const message = `Node ${node.name} (${node.op}) cannot be converted to opset ${since}: ${reason}; export the model with opset ${since} or above.`;
  return new CalibrantError('model-unsupported-operator', message, { node: node.name, op: node.op });
}

export function ints(workshop: Workshop, wish: string, values: readonly number[]): string {
  return workshop.constant(wish, (name) => intTensor(name, [values.length], values));
}

export function scalar(workshop: Workshop, wish: string, value: number): string {
  return workshop.constant(wish, (name) => floatTensor(name, [], new Float32Array([value])));
}

/** A node of ai.onnx beside the converted one. */
export function helper(workshop: Workshop, node: Node, op: string, inputs: string[], output: string, attributes: [string, Attribute][] = []): Node {
  return { name: workshop.fresh(`${node.name}_${op}`), op, domain: '', inputs, outputs: [output], attributes: new Map(attributes) };
}

/** The inputs with one of them given, and those before it that are left out as ''. */
export function withInput(inputs: readonly string[], index: number, name: string): string[] {
  return Array.from({ length: Math.max(inputs.length, index + 1) }, (_, i) => (i === index ? name : (inputs[i] ?? '')));
}
