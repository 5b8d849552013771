import { intAttribute } from '../attributes.ts';
import { elementTypeOf } from '../element-types.ts';
import { sameAsInput } from './elementwise.ts';
import { concatenated } from './layout.ts';
import { broadcast, shapeAt, typeAt, type ShapeRule } from './site.ts';

const quantize: ShapeRule = (site) => {
  const asked = elementTypeOf(intAttribute(site.node, 'output_dtype', 0));
  const type = site.input(2) ? typeAt(site, 2) : asked === 'other' ? 'uint8' : asked;
  return [{ type, shape: shapeAt(site, 0) }];
};

/** The type of the scale, unless another is asked for (opset 23). */
const dequantize: ShapeRule = (site) => {
  const asked = elementTypeOf(intAttribute(site.node, 'output_dtype', 0));
  return [{ type: asked === 'other' ? typeAt(site, 1) : asked, shape: shapeAt(site, 0) }];
};

const dynamicQuantize: ShapeRule = (site) => [
  { type: 'uint8', shape: shapeAt(site, 0) },
  { type: 'float32', shape: [] },
  { type: 'uint8', shape: [] },
];

/** Inputs: A, its scale and zero point, B, its scale and zero point. */
const binary: ShapeRule = (site) => [{ type: typeAt(site, 0), shape: broadcast(shapeAt(site, 0), shapeAt(site, 3)) }];

/** Inputs: scale and zero point of the result, then a triple for each part. */
const concat: ShapeRule = (site) => {
  const parts = site.node.inputs.slice(2).flatMap((_name, i) => (i % 3 === 0 ? [site.input(i + 2)] : []));
  return [concatenated(site.node, parts)];
};

export const quantization: Record<string, ShapeRule> = {
  QuantizeLinear: quantize,
  DequantizeLinear: dequantize,
  DynamicQuantizeLinear: dynamicQuantize,
};

export const microsoftQuantization: Record<string, ShapeRule> = {
  QuantizeLinear: quantize,
  DequantizeLinear: dequantize,
  QLinearAdd: binary,
  QLinearMul: binary,
  QLinearConcat: concat,
  QLinearLeakyRelu: sameAsInput,
  QLinearSigmoid: sameAsInput,
  QLinearSoftmax: sameAsInput,
  QLinearWhere: (site) => [{ type: typeAt(site, 1), shape: broadcast(broadcast(shapeAt(site, 0), shapeAt(site, 1)), shapeAt(site, 4)) }],
};
