import { intAttribute, intsAttribute } from '../attributes.ts';
import type { Dim, Node } from '../graph.ts';
import { broadcast, intsAt, isConcrete, normalAxes, normalAxis, product, shapeAt, typeAt, type Known, type ShapeRule, type Site } from './site.ts';

/** Operators that arrange the elements of their input anew. */

/** 0 copies a dimension (unless allowzero), -1 takes what is left. */
function reshaped(from: readonly Dim[] | null, target: readonly Dim[], allowZero: boolean): Dim[] {
  const shape = target.map((dim, i) => (dim === 0 && !allowZero ? (from?.[i] ?? null) : dim));
  const open = shape.indexOf(-1);
  if (open >= 0) shape[open] = from ? quotient(from, shape.toSpliced(open, 1)) : null;
  return shape;
}

/** What one dimension must be so that `part` times it gives `whole`: names that are in both cancel each other, and so do numbers. */
function quotient(whole: readonly Dim[], part: readonly Dim[]): Dim {
  const names = whole.filter((dim) => typeof dim !== 'number');
  for (const dim of part) {
    if (typeof dim === 'number') continue;
    const at = dim === null ? -1 : names.indexOf(dim);
    if (at < 0) return null;
    names.splice(at, 1);
  }
  const numbers = (dims: readonly Dim[]): number => dims.reduce<number>((all, dim) => (typeof dim === 'number' ? all * dim : all), 1);
  const ratio = numbers(whole) / numbers(part);
  return Number.isInteger(ratio) ? product([...names, ratio]) : null;
}

const reshape: ShapeRule = (site) => {
  const target = site.input(1)?.value ?? intsAttribute(site.node, 'shape');
  const from = shapeAt(site, 0);
  const type = typeAt(site, 0);
  const value = site.input(0)?.value;
  if (target) return [{ type, shape: reshaped(from, target, intAttribute(site.node, 'allowzero', 0) === 1), ...(value ? { value } : {}) }];
  // The length of the target is the rank of the result.
  const rank = shapeAt(site, 1)?.[0];
  return [{ type, shape: typeof rank === 'number' && rank < 64 ? Array.from({ length: rank }, () => null) : null }];
};

const flatten: ShapeRule = (site) => {
  const shape = shapeAt(site, 0);
  const axis = intAttribute(site.node, 'axis', 1);
  const split = shape && (axis < 0 ? axis + shape.length : axis);
  return [{ type: typeAt(site, 0), shape: shape && [product(shape.slice(0, split ?? 0)), product(shape.slice(split ?? 0))] }];
};

const transpose: ShapeRule = (site) => {
  const shape = shapeAt(site, 0);
  const order = intsAttribute(site.node, 'perm') ?? shape?.map((_dim, i) => shape.length - 1 - i);
  return [{ type: typeAt(site, 0), shape: shape && order?.length === shape.length ? order.map((axis) => shape[axis] ?? null) : null }];
};

/** An attribute before opset 13, an input since then; undefined where neither is given, null where the input is not constant. */
export function axesOf(site: Site, input: number): number[] | null | undefined {
  return intsAttribute(site.node, 'axes') ?? (site.node.inputs[input] ? intsAt(site, input) : undefined);
}

const squeeze: ShapeRule = (site) => {
  const shape = shapeAt(site, 0);
  const given = axesOf(site, 1);
  const axes = shape && given ? normalAxes(given, shape.length) : null;
  const value = site.input(0)?.value;
  if (!shape || given === null || (given && !axes)) return [{ type: typeAt(site, 0), shape: null }];
  const kept = axes ? shape.filter((_dim, i) => !axes.includes(i)) : shape.every((dim) => typeof dim === 'number') ? shape.filter((dim) => dim !== 1) : null;
  return [{ type: typeAt(site, 0), shape: kept, ...(value ? { value } : {}) }];
};

const unsqueeze: ShapeRule = (site) => {
  const shape = shapeAt(site, 0);
  const given = axesOf(site, 1);
  const axes = shape && given ? normalAxes(given, shape.length + given.length) : null;
  if (!shape || !axes) return [{ type: typeAt(site, 0), shape: null }];
  const rest = [...shape];
  const result = Array.from({ length: shape.length + axes.length }, (_, i) => (axes.includes(i) ? 1 : (rest.shift() ?? null)));
  const value = site.input(0)?.value;
  return [{ type: typeAt(site, 0), shape: result, ...(value && result.length <= 1 ? { value } : {}) }];
};

const expand: ShapeRule = (site) => [{ type: typeAt(site, 0), shape: broadcast(shapeAt(site, 0), site.input(1)?.value ?? null) }];

const tile: ShapeRule = (site) => {
  const shape = shapeAt(site, 0);
  const repeats = site.input(1)?.value;
  return [{ type: typeAt(site, 0), shape: shape && repeats?.length === shape.length ? shape.map((dim, i) => product([dim, repeats[i] as Dim])) : null }];
};

const depthToSpace: ShapeRule = (site) => {
  const shape = shapeAt(site, 0);
  const block = intAttribute(site.node, 'blocksize', 1);
  if (shape?.length !== 4) return [{ type: typeAt(site, 0), shape: null }];
  const [n, c, h, w] = shape as [Dim, Dim, Dim, Dim];
  const up = site.node.op === 'DepthToSpace';
  const scaled = (dim: Dim, factor: number): Dim => (factor === 1 ? dim : typeof dim === 'number' ? Math.floor(dim * factor) : null);
  return [
    {
      type: typeAt(site, 0),
      shape: [n, scaled(c, up ? 1 / block ** 2 : block ** 2), scaled(h, up ? block : 1 / block), scaled(w, up ? block : 1 / block)],
    },
  ];
};

const concat: ShapeRule = (site) => [
  concatenated(
    site.node,
    site.node.inputs.map((_name, i) => site.input(i)),
  ),
];

/** @param inputs the tensors to join, in order */
export function concatenated(node: Node, inputs: (Known | null)[]): Known {
  const types = new Set(inputs.flatMap((input) => (input && input.type !== 'other' ? [input.type] : [])));
  const type = [...types][0] ?? 'other';
  const shapes = inputs.map((input) => input?.shape ?? null);
  const [head] = shapes;
  const axis = head && normalAxis(intAttribute(node, 'axis', 1), head.length);
  if (!head || axis === null || axis === undefined || shapes.some((shape) => shape?.length !== head.length)) return { type, shape: null };
  const all = shapes as Dim[][];
  // Parts that do not fit together are the runtime's to refuse.
  const fits = (dims: Dim[]): boolean => new Set(dims.filter((dim) => typeof dim === 'number')).size <= 1;
  if (types.size > 1 || head.some((_dim, i) => i !== axis && !fits(all.map((each) => each[i] as Dim)))) {
    return { type, shape: null };
  }
  const shape = head.map((_dim, i): Dim => {
    const dims = all.map((each) => each[i] as Dim);
    if (i !== axis) return dims.find((dim) => typeof dim === 'number') ?? dims.find((dim) => dim !== null) ?? null;
    return isConcrete(dims) ? dims.reduce((a, b) => a + b, 0) : dims.length === 1 ? (dims[0] as Dim) : null;
  });
  const values = inputs.map((input) => input?.value);
  const value = shape.length === 1 && values.every((each) => each !== undefined) ? (values as Dim[][]).flat() : null;
  return { type, shape, ...(value ? { value } : {}) };
}

/** Sizes of the parts: attribute, input, or as equal as they can be (the last part is smaller). */
const split: ShapeRule = (site) => {
  const shape = shapeAt(site, 0);
  const type = typeAt(site, 0);
  const axis = shape && normalAxis(intAttribute(site.node, 'axis', 0), shape.length);
  const count = site.node.outputs.length;
  const given = intsAttribute(site.node, 'split') ?? (site.node.inputs[1] ? intsAt(site, 1) : undefined);
  return site.node.outputs.map((_name, i) => {
    if (!shape || axis === null) return { type, shape: null };
    const dim = shape[axis] as Dim;
    const even = typeof dim === 'number' ? Math.ceil(dim / count) : null;
    const size = given === undefined ? even && Math.min(even, (dim as number) - i * even) : (given?.[i] ?? null);
    return { type, shape: shape.with(axis, size) };
  });
};

export const layouts: Record<string, ShapeRule> = {
  Reshape: reshape,
  Flatten: flatten,
  Transpose: transpose,
  Squeeze: squeeze,
  Unsqueeze: unsqueeze,
  Expand: expand,
  Tile: tile,
  DepthToSpace: depthToSpace,
  SpaceToDepth: depthToSpace,
  Concat: concat,
  Split: split,
};
