import { floatsAttribute, intAttribute, intsAttribute, tensorAttribute } from '../attributes.ts';
import { elementTypeOf } from '../element-types.ts';
import type { Dim, ElementType } from '../graph.ts';
import { smallIntegers } from './values.ts';
import { intsAt, product, shapeAt, typeAt, type Known, type ShapeRule } from './site.ts';

/** Operators that make values out of nothing, or out of a shape. */

const constant: ShapeRule = ({ node }) => {
  const tensor = tensorAttribute(node, 'value');
  if (tensor) return [{ type: tensor.type, shape: tensor.dims, ...smallIntegers(tensor) }];
  const ints = intsAttribute(node, 'value_ints');
  if (ints) return [{ type: 'int64', shape: [ints.length], value: ints }];
  const floats = floatsAttribute(node, 'value_floats');
  if (floats) return [{ type: 'float32', shape: [floats.length] }];
  if (node.attributes.has('value_int')) return [{ type: 'int64', shape: [], value: [intAttribute(node, 'value_int', 0)] }];
  return [node.attributes.has('value_float') ? { type: 'float32', shape: [] } : null];
};

const shape: ShapeRule = (site) => {
  const dims = shapeAt(site, 0);
  if (!dims) return [{ type: 'int64', shape: [null] }];
  const value = dims.slice(intAttribute(site.node, 'start', 0), intAttribute(site.node, 'end', dims.length));
  return [{ type: 'int64', shape: [value.length], value }];
};

const size: ShapeRule = (site) => {
  const dims = shapeAt(site, 0);
  return [{ type: 'int64', shape: [], ...(dims ? { value: [product(dims)] } : {}) }];
};

const range: ShapeRule = (site) => {
  const [start, limit, delta] = [0, 1, 2].map((index) => intsAt(site, index)?.[0]);
  const known = start !== undefined && limit !== undefined && delta !== undefined && delta !== 0;
  const length: Dim = known ? Math.max(0, Math.ceil((limit - start) / delta)) : null;
  return [{ type: typeAt(site, 0), shape: [length] }];
};

/** RandomNormal and RandomUniform; the Like forms take what they leave out from their input. */
const random: ShapeRule = (site) => {
  const given: ElementType = elementTypeOf(intAttribute(site.node, 'dtype', 0));
  const like = site.node.op.endsWith('Like');
  const type = given !== 'other' ? given : like ? typeAt(site, 0) : 'float32';
  const known: Known = { type, shape: like ? shapeAt(site, 0) : (intsAttribute(site.node, 'shape') ?? null) };
  return [known];
};

export const sources: Record<string, ShapeRule> = {
  Constant: constant,
  Shape: shape,
  Size: size,
  Range: range,
  RandomNormal: random,
  RandomUniform: random,
  RandomNormalLike: random,
  RandomUniformLike: random,
};
