import { INTEGER_TYPES } from '../../contract/recipe.ts';
import { floatAttribute } from '../onnx/attributes.ts';
import { floatsOf, intsOf } from '../onnx/tensor.ts';
import type { Graph, Model, Node } from '../onnx/graph.ts';
import { opsetOf } from '../onnx/opset.ts';
import { constantNodes } from '../onnx/passes/constant-nodes.ts';
import { foldConstants } from '../onnx/passes/fold-constants.ts';
import type { PassContext } from '../onnx/passes/pass.ts';
import { FloatReadings } from './float-readings.ts';
import { clipBounds, type Bounds } from './operators.ts';
import { fullCodes, isSigned } from './scale.ts';
import type { IntegerType, Parameters } from './types.ts';
import { viewGraph, type GraphView } from './view.ts';

/** A tensor of the float model and its counterpart. */
export interface TensorPair {
  name: string;
  /** Itself, or what the activation function makes of it that alone uses it: ranges are often observed behind that, and clip what it clips anyway. */
  floatTensor: string;
  /** Its float32 values in `Matching.quantized`. */
  quantizedTensor: string;
  /** Node of the float model that makes it, its operator and its position. */
  node: string;
  op: string;
  index: number;
  /** Its own quantization; null where it has none. */
  parameters: Parameters | null;
}

export interface Matching {
  /** In the order of the float graph. */
  pairs: TensorPair[];
  /** The quantized model, with nodes behind its own that make codes and half precision float32 where nothing else does. */
  quantized: Model;
  /** Float tensors without a counterpart, except those that quantization absorbs by design: see `absorbed`. */
  unmatched: string[];
}

/** Operators that preparation folds into their producer, or that disappear in its range. */
const ABSORBING = new Set(['BatchNormalization', 'Relu', 'Clip', 'Identity', 'Dropout', 'Add', 'Mul', 'Sub', 'Div']);

/**
 * Pairs the node outputs of a float model with a quantized one made of it by any tool that keeps tensor names. Quantized tensors are found by structure
 * (T → QuantizeLinear → DequantizeLinear), not by the names that one tool gives them; only codes that nothing makes float are found by theirs
 * (`T_quantized`).
 * @param float the original, its BatchNormalization not folded; types known (`inferShapes`), since only float32 tensors are compared
 */
export function matchTensors(float: Model, quantized: Model): Matching {
  const floatView = viewGraph({ ...float.graph, constants: foldedConstants(float) });
  const readings = new FloatReadings(quantized);
  const matched = new Set<string>();
  const pairs: TensorPair[] = [];
  const missing: string[] = [];
  // What is computed from constants only is folded away, and nobody misses it.
  const constant = new Set(['', ...floatView.graph.constants.keys()]);
  float.graph.nodes.forEach((node, index) => {
    if (node.inputs.every((name) => constant.has(name))) {
      for (const name of node.outputs) constant.add(name);
      return;
    }
    for (const name of node.outputs) {
      if (!name || floatView.typeOf(name) !== 'float32') continue;
      const reading = readings.of(name);
      if (!reading) {
        missing.push(name);
        continue;
      }
      matched.add(name);
      const made = { name, node: node.name, op: node.op, index };
      const parameters = reading.dequantize && parametersOf(reading.dequantize, readings.view);
      const activation = parameters && onlyActivation(name, floatView);
      if (activation) {
        const { output, bounds } = activation;
        pairs.push({ ...made, floatTensor: output, quantizedTensor: readings.within(bounds, reading.tensor), parameters });
      } else {
        pairs.push({ ...made, floatTensor: name, quantizedTensor: reading.tensor, parameters });
      }
    }
  });
  // A tool may drop the activation function and keep the name before it.
  const seen = new Set(pairs.map(({ floatTensor }) => floatTensor));
  const unmatched = missing.filter((name) => !seen.has(name) && !absorbed(name, floatView, matched));
  return { pairs, unmatched, quantized: readings.model };
}

/** With those that nodes hold or compute: exporters write the bounds of a Clip as nodes. */
function foldedConstants(model: Model): Graph['constants'] {
  const context: PassContext = { opset: opsetOf(model), note: () => undefined };
  return foldConstants(constantNodes(model.graph, context), context).constants;
}

/** The Relu or Clip that alone uses a tensor. */
function onlyActivation(name: string, view: GraphView): { output: string; bounds: Bounds } | null {
  const [consumer, ...others] = view.consumers.get(name) ?? [];
  if (!consumer || others.length > 0 || view.outputs.has(name) || consumer.inputs[0] !== name) return null;
  const bounds = activationBounds(consumer, view);
  return bounds && { output: consumer.outputs[0] as string, bounds };
}

function activationBounds(node: Node, view: GraphView): Bounds | null {
  if (node.op === 'Relu') return { min: 0, max: Infinity };
  if (node.op !== 'Clip') return null;
  // Before opset 11 its bounds were attributes.
  if (node.inputs.length === 1) return { min: floatAttribute(node, 'min', -Infinity), max: floatAttribute(node, 'max', Infinity) };
  return clipBounds(node, view);
}

/**
 * True for a tensor that vanished because what follows it was folded into its producer (a convolution before its BatchNormalization or activation): its
 * only consumer is of that kind, and that one's output is matched or absorbed in turn.
 */
function absorbed(name: string, view: GraphView, matched: ReadonlySet<string>): boolean {
  const [consumer, ...others] = view.consumers.get(name) ?? [];
  if (!consumer || others.length > 0 || view.outputs.has(name) || !ABSORBING.has(consumer.op)) return false;
  if (consumer.inputs.some((input) => input !== name && input !== '' && !view.constant(input))) return false;
  const output = consumer.outputs[0] as string;
  return matched.has(output) || absorbed(output, view, matched);
}

function isActivationType(type: string | null | undefined): type is IntegerType {
  return type != null && (INTEGER_TYPES as readonly string[]).includes(type);
}

/** Parameters that a DequantizeLinear has as constants; null for other types and for per-channel activations. */
function parametersOf(node: Node, view: GraphView): Parameters | null {
  const scale = view.constant(node.inputs[1]);
  if (!scale || floatsOf(scale).length !== 1) return null;
  const zeroPoint = view.constant(node.inputs[2]);
  // Without a zero point it is 0, and of the type that the codes have; ONNX says uint8 where nothing else does.
  const type = node.inputs[2] ? zeroPoint?.type : (view.typeOf(node.inputs[0] as string) ?? 'uint8');
  if (!isActivationType(type)) return null;
  const [step] = floatsOf(scale) as unknown as [number];
  const offset = zeroPoint ? (intsOf(zeroPoint)[0] as number) : 0;
  const codes = fullCodes(type);
  return {
    type,
    axis: null,
    blockSize: null,
    symmetric: offset === (isSigned(type) ? 0 : (codes.max + 1) / 2),
    scale: Float32Array.of(step),
    zeroPoint: Int32Array.of(offset),
    min: Float64Array.of((codes.min - offset) * step),
    max: Float64Array.of((codes.max - offset) * step),
    origin: 'the model',
  };
}
