import type { Dim, ElementType, Graph, Node, Tensor } from '../graph.ts';

/** What is known of a tensor; `other` and null stand for nothing. */
export interface Known {
  type: ElementType;
  shape: Dim[] | null;
  /**
   * The elements of a small integer vector or scalar as far as they are known: numbers, or the name of the dynamic dimension that they are.
   * It carries a dynamic batch through Shape → Gather → Concat → Reshape.
   */
  value?: Dim[];
}

/** One node while shapes are inferred. */
export interface Site {
  node: Node;
  /** Version of ai.onnx. */
  opset: number;
  /** null where the input is left out. */
  input(index: number): Known | null;
  constant(index: number): Tensor | undefined;
  /** What a body of this node makes of these inputs (in its order; what is not known of one is as the body states it): its outputs, in order. */
  body(graph: Graph, inputs: readonly Known[]): Known[];
}

/** Outputs in order; null for what is not known. Rules read attributes and inputs of every opset from 7 on, and never throw. */
export type ShapeRule = (site: Site) => (Known | null)[];

export const nothing: Known = { type: 'other', shape: null };

export function typeAt(site: Site, index: number): ElementType {
  return site.input(index)?.type ?? 'other';
}

export function shapeAt(site: Site, index: number): Dim[] | null {
  return site.input(index)?.shape ?? null;
}

/** All elements of a small integer input, if every one of them is a number. */
export function intsAt(site: Site, index: number): number[] | null {
  const value = site.input(index)?.value;
  return value && isConcrete(value) ? value : null;
}

export function isConcrete(dims: readonly Dim[]): dims is number[] {
  return dims.every((dim) => typeof dim === 'number');
}

/** An axis counted from the front; null where it lies outside. */
export function normalAxis(axis: number, rank: number): number | null {
  const normal = axis < 0 ? axis + rank : axis;
  return Number.isInteger(normal) && normal >= 0 && normal < rank ? normal : null;
}

export function normalAxes(axes: readonly number[], rank: number): number[] | null {
  const normal = axes.map((axis) => normalAxis(axis, rank));
  return normal.includes(null) ? null : (normal as number[]);
}

/** Product of dims: a number, a name that stands alone, or null. */
export function product(dims: readonly Dim[]): Dim {
  let number = 1;
  const names: Dim[] = [];
  for (const dim of dims) {
    if (typeof dim === 'number') number *= dim;
    else names.push(dim);
  }
  if (names.length === 0 || number === 0) return number;
  return names.length === 1 && number === 1 ? (names[0] as Dim) : null;
}

/** NumPy's rule for two shapes; a dynamic dimension beside a number above 1 has to be that number. */
export function broadcast(a: readonly Dim[] | null, b: readonly Dim[] | null): Dim[] | null {
  if (!a || !b) return null;
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const left = i < rank - a.length ? 1 : (a[i - rank + a.length] as Dim);
    const right = i < rank - b.length ? 1 : (b[i - rank + b.length] as Dim);
    return broadcastDim(left, right);
  });
}

function broadcastDim(a: Dim, b: Dim): Dim {
  if (a === 1) return b;
  if (b === 1 || a === b) return a;
  if (typeof a === 'number') return a;
  return typeof b === 'number' ? b : null;
}

/** What holds for both: nothing of the rank where they differ in it, nothing of a dimension where they differ there. */
export function common(a: Known, b: Known): Known {
  const shape = a.shape && a.shape.length === b.shape?.length ? a.shape.map((dim, i) => (dim === b.shape?.[i] ? dim : null)) : null;
  return { type: a.type === b.type ? a.type : 'other', shape };
}

/** What inference knows comes first; what the file states fills the gaps. A file that states batch 1 for a dynamic batch is not believed. */
export function mergeShapes(inferred: readonly Dim[] | null, stated: readonly Dim[] | null): Dim[] | null {
  if (!inferred) return stated && [...stated];
  if (!stated || inferred.length !== stated.length) return [...inferred];
  return inferred.map((dim, i) => dim ?? (stated[i] as Dim));
}
