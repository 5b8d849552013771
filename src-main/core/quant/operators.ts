import type { Node } from '../onnx/graph.ts';
import { floatsOf } from '../onnx/tensor.ts';
import { stringAttribute } from '../onnx/attributes.ts';
import type { GraphView } from './view.ts';

/** Between them an activation function keeps values as they are; below and above it returns the bound. */
export interface Bounds {
  min: number;
  max: number;
}

/** Bounds of a Clip; null where they are computed at run time. */
export function clipBounds(node: Node, view: GraphView): Bounds | null {
  const bound = (index: number, fallback: number): number | null => {
    const name = node.inputs[index];
    if (!name) return fallback;
    const tensor = view.constant(name);
    return tensor ? (floatsOf(tensor)[0] ?? fallback) : null;
  };
  const min = bound(1, -Infinity);
  const max = bound(2, Infinity);
  return min === null || max === null ? null : { min, max };
}

/** Whether a Pad adds only values that its input's parameters represent exactly: zeros, or copies of its own values. */
export function padsWithZero(node: Node, view: GraphView): boolean {
  if (stringAttribute(node, 'mode', 'constant') !== 'constant') return true;
  const name = node.inputs[2];
  if (!name) return true;
  const tensor = view.constant(name);
  return tensor !== undefined && floatsOf(tensor)[0] === 0;
}
