import { intAttribute, intsAttribute, stringAttribute } from '../attributes.ts';
import type { Dim, ElementType } from '../graph.ts';
import { shapeAt, typeAt, type Known, type ShapeRule, type Site } from './site.ts';

/** The window that slides over the spatial axes; lists as long as there are spatial axes, pads all begins first. */
interface Window {
  kernel: number[];
  strides: number[];
  dilations: number[];
  pads: number[];
  autoPad: string;
}

function windowOf(site: Pick<Site, 'node'>, kernel: number[]): Window {
  const ones = kernel.map(() => 1);
  return {
    kernel,
    strides: intsAttribute(site.node, 'strides') ?? ones,
    dilations: intsAttribute(site.node, 'dilations') ?? ones,
    pads: intsAttribute(site.node, 'pads') ?? [...kernel, ...kernel].map(() => 0),
    autoPad: stringAttribute(site.node, 'auto_pad', 'NOTSET'),
  };
}

/** A name where the window leaves the size as it is, null where the size is not known. */
function slidDim(dim: Dim, window: Window, axis: number, ceil: boolean): Dim {
  const stride = window.strides[axis] ?? 1;
  const extent = (window.dilations[axis] ?? 1) * ((window.kernel[axis] ?? 1) - 1) + 1;
  const same = window.autoPad.startsWith('SAME');
  const before = window.autoPad === 'NOTSET' ? (window.pads[axis] ?? 0) : 0;
  const after = window.autoPad === 'NOTSET' ? (window.pads[axis + window.kernel.length] ?? 0) : 0;
  if (typeof dim !== 'number') return stride === 1 && (same || before + after === extent - 1) ? dim : null;
  if (same) return Math.ceil(dim / stride);
  const steps = (dim + before + after - extent) / stride;
  if (!ceil) return Math.floor(steps) + 1;
  const size = Math.ceil(steps) + 1;
  // A last window that would start behind the input does not count.
  return (size - 1) * stride >= dim + before ? size - 1 : size;
}

function convolution(shape: readonly Dim[] | null, weights: readonly Dim[] | null, site: Site): Dim[] | null {
  const kernel = intsAttribute(site.node, 'kernel_shape') ?? weights?.slice(2);
  if (!shape || shape.length < 3 || !kernel || !kernel.every((size) => typeof size === 'number')) return null;
  const window = windowOf(site, kernel as number[]);
  return [shape[0] as Dim, weights?.[0] ?? null, ...shape.slice(2).map((dim, axis) => slidDim(dim, window, axis, false))];
}

/** @param x index of the data, @param w of the weights [M, C/group, kernel…] */
const conv =
  (x: number, w: number, type: (site: Site) => ElementType): ShapeRule =>
  (site) => [{ type: type(site), shape: convolution(shapeAt(site, x), shapeAt(site, w), site) }];

const convTranspose: ShapeRule = (site) => {
  const shape = shapeAt(site, 0);
  const weights = shapeAt(site, 1);
  const kernel = intsAttribute(site.node, 'kernel_shape') ?? weights?.slice(2);
  if (!shape || shape.length < 3 || !kernel || !kernel.every((size) => typeof size === 'number')) return [{ type: typeAt(site, 0), shape: null }];
  const window = windowOf(site, kernel as number[]);
  const added = intsAttribute(site.node, 'output_padding');
  const given = intsAttribute(site.node, 'output_shape');
  const channels = weights?.[1];
  const spatial = shape.slice(2).map((dim, axis): Dim => {
    if (given) return given[given.length - kernel.length + axis] ?? null;
    if (typeof dim !== 'number') return null;
    const stride = window.strides[axis] ?? 1;
    if (window.autoPad.startsWith('SAME')) return dim * stride;
    const extent = (window.dilations[axis] ?? 1) * ((window.kernel[axis] ?? 1) - 1) + 1;
    const pads = window.autoPad === 'NOTSET' ? (window.pads[axis] ?? 0) + (window.pads[axis + kernel.length] ?? 0) : 0;
    return stride * (dim - 1) + (added?.[axis] ?? 0) + extent - pads;
  });
  const maps = typeof channels === 'number' ? channels * intAttribute(site.node, 'group', 1) : null;
  return [{ type: typeAt(site, 0), shape: [shape[0] as Dim, maps, ...spatial] }];
};

/** Max, average and Lp pooling; the second output of MaxPool holds indices. */
const pool: ShapeRule = (site) => {
  const shape = shapeAt(site, 0);
  const kernel = intsAttribute(site.node, 'kernel_shape');
  const pooled = shape && kernel ? poolShape(shape, kernel, site) : null;
  const outputs: Known[] = [{ type: typeAt(site, 0), shape: pooled }];
  if (site.node.op === 'MaxPool') outputs.push({ type: 'int64', shape: pooled });
  return outputs;
};

function poolShape(shape: Dim[], kernel: number[], site: Site): Dim[] {
  const window = windowOf(site, kernel);
  const ceil = intAttribute(site.node, 'ceil_mode', 0) === 1;
  if (intAttribute(site.node, 'channels_last', 0) === 1) {
    return [shape[0] ?? null, ...shape.slice(1, -1).map((dim, axis) => slidDim(dim, window, axis, ceil)), shape.at(-1) ?? null];
  }
  return [...shape.slice(0, 2), ...shape.slice(2).map((dim, axis) => slidDim(dim, window, axis, ceil))];
}

const globalPool: ShapeRule = (site) => {
  const shape = shapeAt(site, 0);
  const last = intAttribute(site.node, 'channels_last', 0) === 1;
  const kept = (index: number, rank: number): boolean => index === 0 || index === (last ? rank - 1 : 1);
  return [{ type: typeAt(site, 0), shape: shape && shape.map((dim, i) => (kept(i, shape.length) ? dim : 1)) }];
};

export const convolutions: Record<string, ShapeRule> = {
  Conv: conv(0, 1, (site) => typeAt(site, 0)),
  ConvInteger: conv(0, 1, () => 'int32'),
  QLinearConv: conv(0, 3, (site) => typeAt(site, 7)),
  ConvTranspose: convTranspose,
  MaxPool: pool,
  AveragePool: pool,
  LpPool: pool,
  GlobalAveragePool: globalPool,
  GlobalMaxPool: globalPool,
  GlobalLpPool: globalPool,
};

export const microsoftConvolutions: Record<string, ShapeRule> = {
  FusedConv: convolutions['Conv'] as ShapeRule,
  QLinearConv: convolutions['QLinearConv'] as ShapeRule,
  QLinearAveragePool: pool,
  QLinearGlobalAveragePool: globalPool,
};
