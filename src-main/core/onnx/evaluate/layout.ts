import { intAttribute, intsAttribute } from '../attributes.ts';
import type { Tensor } from '../graph.ts';
import { normalAxis, type Site } from '../shapes/site.ts';
import { sliceArguments, sliceRange } from '../shapes/selection.ts';
import { intsOf } from '../tensor.ts';
import type { Evaluator } from './evaluator.ts';
import { broadcastSteps, elementBytes, pick, strided, stridesOf } from './movement.ts';

/** The same bytes in another shape. */
const reinterpret: Evaluator = ({ inputs, outputs }) => [(inputs[0] as Tensor).bytes].slice(0, outputs.length);

/** Output elements are input elements at an even step per axis; null where the steps cannot be told. */
const strideThrough =
  (how: (site: Site, input: Tensor, dims: number[]) => { steps: number[]; first?: number } | null): Evaluator =>
  ({ site, inputs, outputs }) => {
    const [input] = inputs as [Tensor];
    const dims = outputs[0]?.dims as number[];
    const size = elementBytes(input);
    const plan = how(site, input, dims);
    return size === null || !plan ? null : [pick(input, strided(dims, plan.steps, plan.first), size)];
  };

const transpose = strideThrough(({ node }, input) => {
  const strides = stridesOf(input.dims);
  const order = intsAttribute(node, 'perm') ?? strides.map((_stride, i) => strides.length - 1 - i);
  return { steps: order.map((axis) => strides[axis] as number) };
});

const expand = strideThrough((_site, input, dims) => ({ steps: broadcastSteps(input.dims, dims) }));

const slice = strideThrough((site, input) => {
  const how = sliceArguments(site, input.dims.length);
  if (!how) return null;
  const strides = stridesOf(input.dims);
  const steps = [...strides];
  let first = 0;
  how.axes.forEach((axis, i) => {
    const step = how.steps[i] as number;
    first += sliceRange(input.dims[axis] as number, how.starts[i] as number, how.ends[i] as number, step).first * (strides[axis] as number);
    steps[axis] = (strides[axis] as number) * step;
  });
  return { steps, first };
});

const tile: Evaluator = ({ inputs, outputs }) => {
  const [input] = inputs as [Tensor];
  const dims = outputs[0]?.dims as number[];
  const size = elementBytes(input);
  if (size === null) return null;
  // A repeated axis is an axis of repetitions (step 0) before the axis itself.
  const strides = stridesOf(input.dims);
  const repeated = dims.flatMap((dim, axis) => [dim / (input.dims[axis] as number), input.dims[axis] as number]);
  return [
    pick(
      input,
      strided(
        repeated,
        strides.flatMap((stride) => [0, stride]),
      ),
      size,
    ),
  ];
};

const gather: Evaluator = ({ site, inputs, outputs }) => {
  const [data, indices] = inputs as [Tensor, Tensor];
  const size = elementBytes(data);
  const axis = normalAxis(intAttribute(site.node, 'axis', 0), data.dims.length);
  if (size === null || axis === null) return null;
  const length = data.dims[axis] as number;
  const which = intsOf(indices).map((index) => (index < 0 ? index + length : index));
  if (which.some((index) => index < 0 || index >= length)) return null;
  const inner = data.dims.slice(axis + 1).reduce((a, b) => a * b, size);
  const outer = data.dims.slice(0, axis).reduce((a, b) => a * b, 1);
  const bytes = new Uint8Array((outputs[0]?.dims as number[]).reduce((a, b) => a * b, size));
  let to = 0;
  for (let block = 0; block < outer; block++) {
    for (const index of which) {
      const from = (block * length + index) * inner;
      bytes.set(data.bytes.subarray(from, from + inner), to);
      to += inner;
    }
  }
  return [bytes];
};

const concat: Evaluator = ({ site, inputs, outputs }) => {
  const parts = inputs as Tensor[];
  const [head] = parts as [Tensor];
  const size = elementBytes(head);
  const axis = normalAxis(intAttribute(site.node, 'axis', 0), head.dims.length);
  if (size === null || axis === null) return null;
  const outer = head.dims.slice(0, axis).reduce((a, b) => a * b, 1);
  const bytes = new Uint8Array((outputs[0]?.dims as number[]).reduce((a, b) => a * b, size));
  let to = 0;
  for (let block = 0; block < outer; block++) {
    for (const part of parts) {
      const run = part.bytes.length / outer;
      bytes.set(part.bytes.subarray(block * run, (block + 1) * run), to);
      to += run;
    }
  }
  return [bytes];
};

const split: Evaluator = ({ site, inputs, outputs }) => {
  const [input] = inputs as [Tensor];
  const size = elementBytes(input);
  const axis = normalAxis(intAttribute(site.node, 'axis', 0), input.dims.length);
  if (size === null || axis === null) return null;
  const strides = stridesOf(input.dims);
  let start = 0;
  return outputs.map(({ dims }) => {
    const bytes = pick(input, strided(dims, strides, start * (strides[axis] as number)), size);
    start += dims[axis] as number;
    return bytes;
  });
};

export const layoutEvaluators: Record<string, Evaluator> = {
  Identity: reinterpret,
  Dropout: reinterpret,
  Reshape: reinterpret,
  Flatten: reinterpret,
  Squeeze: reinterpret,
  Unsqueeze: reinterpret,
  Transpose: transpose,
  Expand: expand,
  Slice: slice,
  Tile: tile,
  Gather: gather,
  Concat: concat,
  Split: split,
};
