import { floatsAttribute, intAttribute, intsAttribute, stringAttribute } from '../attributes.ts';
import type { Dim } from '../graph.ts';
import { floatsOf } from '../tensor.ts';
import { axesOf } from './layout.ts';
import { intsAt, normalAxes, normalAxis, shapeAt, typeAt, type ShapeRule, type Site } from './site.ts';

/** Operators that take part of their input, or add to it. */

/** First element and count of one axis of a Slice, by ONNX's clamping rules. */
export function sliceRange(size: number, start: number, end: number, step: number): { first: number; count: number } {
  const wrap = (index: number): number => (index < 0 ? index + size : index);
  const clamp = (index: number, low: number, high: number): number => Math.min(Math.max(index, low), high);
  const first = step > 0 ? clamp(wrap(start), 0, size) : clamp(wrap(start), 0, size - 1);
  const last = step > 0 ? clamp(wrap(end), 0, size) : clamp(wrap(end), -1, size - 1);
  return { first, count: Math.max(0, Math.ceil((last - first) / step)) };
}

/** Attributes before opset 10, inputs since then; null where one of them is not constant. */
export function sliceArguments(site: Site, rank: number): { starts: number[]; ends: number[]; axes: number[]; steps: number[] } | null {
  const starts = intsAttribute(site.node, 'starts') ?? intsAt(site, 1);
  const ends = intsAttribute(site.node, 'ends') ?? intsAt(site, 2);
  if (!starts || starts.length !== ends?.length) return null;
  const given = axesOf(site, 3);
  const axes = given === null ? null : normalAxes(given ?? starts.map((_start, i) => i), rank);
  const steps = site.node.inputs[4] ? intsAt(site, 4) : starts.map(() => 1);
  return axes && axes.length === starts.length && steps?.length === starts.length && !steps.includes(0) ? { starts, ends, axes, steps } : null;
}

const slice: ShapeRule = (site) => {
  const shape = shapeAt(site, 0);
  const type = typeAt(site, 0);
  const how = shape && sliceArguments(site, shape.length);
  if (!shape || !how) return [{ type, shape: shape && shape.map(() => null) }];
  const result: Dim[] = [...shape];
  how.axes.forEach((axis, i) => {
    const [start, end, step] = [how.starts[i] as number, how.ends[i] as number, how.steps[i] as number];
    const size = shape[axis] as Dim;
    const whole = start === 0 && step === 1 && end >= 2 ** 31 - 1;
    if (!whole) result[axis] = typeof size === 'number' ? sliceRange(size, start, end, step).count : null;
  });
  const value = site.input(0)?.value;
  if (!value || shape.length !== 1 || how.axes.length !== 1) return [{ type, shape: result }];
  const { first, count } = sliceRange(value.length, how.starts[0] as number, how.ends[0] as number, how.steps[0] as number);
  return [{ type, shape: result, value: Array.from({ length: count }, (_, i) => value[first + i * (how.steps[0] as number)] as Dim) }];
};

const gather: ShapeRule = (site) => {
  const data = shapeAt(site, 0);
  const indices = shapeAt(site, 1);
  const type = typeAt(site, 0);
  const axis = data && normalAxis(intAttribute(site.node, 'axis', 0), data.length);
  if (!data || !indices || axis === null) return [{ type, shape: null }];
  const shape = [...data.slice(0, axis), ...indices, ...data.slice(axis + 1)];
  const from = site.input(0)?.value;
  const which = intsAt(site, 1);
  if (!from || !which || shape.length > 1) return [{ type, shape }];
  return [{ type, shape, value: which.map((index) => from.at(index) ?? null) }];
};

const pad: ShapeRule = (site) => {
  const shape = shapeAt(site, 0);
  const type = typeAt(site, 0);
  const pads = intsAttribute(site.node, 'pads') ?? intsAt(site, 1);
  const given = axesOf(site, 3);
  if (!shape || !pads || given === null) return [{ type, shape: shape && shape.map(() => null) }];
  const axes = normalAxes(given ?? shape.map((_dim, i) => i), shape.length);
  if (!axes || pads.length !== 2 * axes.length) return [{ type, shape: shape.map(() => null) }];
  const result: Dim[] = [...shape];
  axes.forEach((axis, i) => {
    const added = (pads[i] as number) + (pads[i + axes.length] as number);
    const dim = shape[axis] as Dim;
    if (added !== 0) result[axis] = typeof dim === 'number' ? dim + added : null;
  });
  return [{ type, shape: result }];
};

/** Sizes win over scales. Resize has its region of interest before them since opset 11; Upsample and Resize 10 have scales only. */
const resize: ShapeRule = (site) => {
  const shape = shapeAt(site, 0);
  const type = typeAt(site, 0);
  const old = site.node.op === 'Upsample' || site.opset < 11;
  const sizes = old ? null : site.node.inputs[3] ? (site.input(3)?.value ?? null) : null;
  const tensor = site.constant(old ? 1 : 2);
  const scales = floatsAttribute(site.node, 'scales') ?? (tensor?.type === 'float32' && tensor.bytes.length > 0 ? [...floatsOf(tensor)] : null);
  if (!shape) return [{ type, shape: null }];
  const axes = normalAxes(intsAttribute(site.node, 'axes') ?? shape.map((_dim, i) => i), shape.length);
  const result: Dim[] = [...shape];
  if (!axes || (sizes ?? scales)?.length !== axes.length) return [{ type, shape: shape.map(() => null) }];
  // The region of interest is rarely constant; nothing is said then.
  if (stringAttribute(site.node, 'coordinate_transformation_mode', '') === 'tf_crop_and_resize' && !sizes) {
    return [{ type, shape: shape.map(() => null) }];
  }
  // With an aspect ratio policy the sizes are a frame to fit in or to fill.
  if (sizes && stringAttribute(site.node, 'keep_aspect_ratio_policy', 'stretch') !== 'stretch')
    return [{ type, shape: shape.map((dim, i) => (axes.includes(i) ? null : dim)) }];
  axes.forEach((axis, i) => {
    const dim = shape[axis] as Dim;
    if (sizes) result[axis] = sizes[i] as Dim;
    // ONNX Runtime multiplies in float32, so that 33 · (513 / 33) is 513.
    else if (scales?.[i] !== 1) result[axis] = typeof dim === 'number' ? Math.floor(Math.fround(dim * (scales?.[i] as number))) : null;
  });
  return [{ type, shape: result }];
};

const topK: ShapeRule = (site) => {
  const shape = shapeAt(site, 0);
  const axis = shape && normalAxis(intAttribute(site.node, 'axis', -1), shape.length);
  const k = intsAt(site, 1)?.[0] ?? (site.opset < 10 ? intAttribute(site.node, 'k', 0) : null);
  const kept = shape && axis !== null ? shape.with(axis, k) : null;
  return [
    { type: typeAt(site, 0), shape: kept },
    { type: 'int64', shape: kept },
  ];
};

const oneHot: ShapeRule = (site) => {
  const indices = shapeAt(site, 0);
  const depth = intsAt(site, 1)?.[0] ?? null;
  const axis = indices && normalAxis(intAttribute(site.node, 'axis', -1), indices.length + 1);
  return [{ type: typeAt(site, 2), shape: indices && axis !== null ? indices.toSpliced(axis, 0, depth) : null }];
};

const gatherNd: ShapeRule = (site) => {
  const data = shapeAt(site, 0);
  const indices = shapeAt(site, 1);
  const batch = intAttribute(site.node, 'batch_dims', 0);
  const depth = indices?.at(-1);
  if (!data || !indices || typeof depth !== 'number') return [{ type: typeAt(site, 0), shape: null }];
  return [{ type: typeAt(site, 0), shape: [...indices.slice(0, -1), ...data.slice(batch + depth)] }];
};

export const selections: Record<string, ShapeRule> = {
  Slice: slice,
  Gather: gather,
  GatherElements: (site) => [{ type: typeAt(site, 0), shape: shapeAt(site, 1) }],
  GatherND: gatherNd,
  Pad: pad,
  Resize: resize,
  Upsample: resize,
  TopK: topK,
  OneHot: oneHot,
  NonZero: (site) => [{ type: 'int64', shape: [shapeAt(site, 0)?.length ?? null, null] }],
  NonMaxSuppression: () => [{ type: 'int64', shape: [null, 3] }],
  Compress: (site) => [{ type: typeAt(site, 0), shape: site.node.attributes.has('axis') ? (shapeAt(site, 0)?.map(() => null) ?? null) : [null] }],
  MaxRoiPool: (site) => {
    const size = intsAttribute(site.node, 'pooled_shape') ?? [null, null];
    return [{ type: typeAt(site, 0), shape: [shapeAt(site, 1)?.[0] ?? null, shapeAt(site, 0)?.[1] ?? null, ...size] }];
  },
  GridSample: (site) => {
    const data = shapeAt(site, 0);
    const grid = shapeAt(site, 1);
    return [{ type: typeAt(site, 0), shape: data && grid && [...data.slice(0, 2), ...grid.slice(1, -1)] }];
  },
  RoiAlign: (site) => {
    const { node } = site;
    const size = [intAttribute(node, 'output_height', 1), intAttribute(node, 'output_width', 1)];
    return [{ type: typeAt(site, 0), shape: [shapeAt(site, 1)?.[0] ?? null, shapeAt(site, 0)?.[1] ?? null, ...size] }];
  },
};
