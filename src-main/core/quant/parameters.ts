import type { Problem } from '../../contract/model.ts';
import type { Tensor } from '../onnx/graph.ts';
import { floatsOf } from '../onnx/tensor.ts';
import { biasValues, quantizeBias, raiseForBias } from './bias.ts';
import { chooseScale, spreadCodes } from './scale.ts';
import type { Parameters, Plan, PlannedActivation, PlannedWeight, QuantizedConstant, QuantizedGraph, Scheme } from './types.ts';
import { channelSpread, chooseWeightParameters, encodeWeights, FEW_STEPS, type ChannelSpread } from './weights.ts';

/**
 * The range of a tensor that was zero in every image: small enough that whatever bound was folded into the range still holds to within it
 * (reference: NNCF's floor). ONNX Runtime takes scale 1, which lets values up to 255 through a ReLU's tensor.
 */
const DEAD_RANGE = 8e-4;

/** Tenth of the channels: fewer are the odd channel that every network has. */
const STARVED_SHARE = 0.1;

/** Key of a bias in `QuantizedGraph.biases`. */
export function biasKey(name: string, node: string): string {
  return `${name}\n${node}`;
}

/**
 * Turns ranges into numbers: scales and zero points of all activations, integer weights and biases.
 * @param statistics range of every tensor in `plan.observed`
 * @throws CalibrantError `model-nan-weights`
 */
export function chooseParameters(plan: Plan, statistics: ReadonlyMap<string, { min: number; max: number }>): QuantizedGraph {
  const warnings: Problem[] = [...plan.warnings];
  const constants = plan.model.graph.constants;
  const activations = chooseActivations(plan.activations, statistics, warnings);

  const anyPerChannel = plan.weights.some(({ scheme }) => scheme.axis !== null);
  const weights = new Map(
    plan.weights.map((weight) => [weight.name, prepareWeight(weight, constantOf(constants, weight.name), anyPerChannel, warnings)] as const),
  );
  const biases = plan.biases.map((bias) => ({
    bias,
    values: biasValues(bias, floatsOf(constantOf(constants, bias.name))),
    inputScale: (activations.get(bias.input) as Parameters).scale[0] as number,
    weight: (weights.get(bias.weight) as PreparedWeight).parameters,
  }));
  for (const { bias, values, inputScale, weight } of biases) {
    const raised = raiseForBias(bias, values, inputScale, weight);
    if (raised.channels > 0) {
      warnings.push({
        severity: 'note',
        code: 'bias-overflow-guard',
        message: `The bias of node ${bias.node} would not fit into 32 bits, so the scales of its weights were raised in ${raised.channels} of ${weight.scale.length} channels, up to ${shortNumber(raised.factor)}-fold.`,
        node: bias.node,
        tensor: bias.name,
      });
    }
  }
  return {
    plan,
    activations,
    weights: new Map([...weights].map(([name, weight]) => [name, finishWeight(name, weight)] as const)),
    biases: new Map(
      biases.map(({ bias, values, inputScale, weight }) => [biasKey(bias.name, bias.node), quantizeBias(bias, values, inputScale, weight)] as const),
    ),
    warnings,
  };
}

function constantOf(constants: ReadonlyMap<string, Tensor>, name: string): Tensor {
  const tensor = constants.get(name);
  if (!tensor) throw new Error(`The plan names a constant ${name} that its model does not have`);
  return tensor;
}

function chooseActivations(
  planned: readonly PlannedActivation[],
  statistics: ReadonlyMap<string, { min: number; max: number }>,
  warnings: Problem[],
): Map<string, Parameters> {
  const byName = new Map(planned.map((activation) => [activation.name, activation]));
  const chosen = new Map<string, Parameters>();
  for (const { name, scheme, range } of planned) {
    if (range.from === 'shared') {
      const owner = ownerOf(name, byName);
      const parameters = chosen.get(owner);
      if (!parameters) throw new Error(`${name} shares the parameters of ${owner}, which comes after it`);
      chosen.set(name, { ...parameters, origin: `shared with ${owner}` });
    } else if (range.from === 'fixed') {
      chosen.set(name, activationParameters(scheme, range.min, range.max, `fixed by ${range.by}`));
    } else {
      const seen = statistics.get(range.observe);
      if (!seen) throw new Error(`There are no statistics of ${range.observe}`);
      const origin = range.observe === name ? 'observed' : `observed behind it, at ${range.observe}`;
      const codes = spreadCodes(scheme.type, scheme.symmetric);
      if (!chooseScale(seen.min, seen.max, codes, scheme.symmetric).dead) {
        chosen.set(name, activationParameters(scheme, seen.min, seen.max, origin));
        continue;
      }
      chosen.set(name, activationParameters(scheme, 0, DEAD_RANGE, 'never active'));
      warnings.push({
        severity: 'warning',
        code: 'tensor-dead',
        message: `The tensor ${name} was zero in every calibration image; calibrate with images that use this part of the model, or exclude the node that makes it.`,
        tensor: name,
      });
    }
  }
  return chosen;
}

/** The tensor whose parameters a tensor finally has: its own name, or the end of the chain that it shares with. */
export function ownerOf(name: string, planned: ReadonlyMap<string, PlannedActivation>): string {
  const range = planned.get(name)?.range;
  return range?.from === 'shared' ? ownerOf(range.with, planned) : name;
}

function activationParameters(scheme: Scheme, min: number, max: number, origin: string): Parameters {
  const { scale, zeroPoint, min: low, max: high } = chooseScale(min, max, spreadCodes(scheme.type, scheme.symmetric), scheme.symmetric);
  return {
    type: scheme.type,
    axis: null,
    symmetric: scheme.symmetric,
    scale: Float32Array.of(scale),
    zeroPoint: Int32Array.of(zeroPoint),
    min: Float64Array.of(low),
    max: Float64Array.of(high),
    origin,
  };
}

interface PreparedWeight {
  values: Float32Array;
  dims: number[];
  parameters: Parameters;
  spread: ChannelSpread | null;
}

function prepareWeight(weight: PlannedWeight, tensor: Tensor, anyPerChannel: boolean, warnings: Problem[]): PreparedWeight {
  const values = floatsOf(tensor);
  const parameters = chooseWeightParameters(weight, values, tensor.dims);
  const spread = channelSpread(weight, values, tensor.dims);
  if (weight.scheme.axis === null && spread && spread.starved > STARVED_SHARE * spread.channels) {
    const node = weight.nodes[0] as string;
    // Where others have a scale per channel, this one cannot.
    const wayOut = anyPerChannel ? 'exclude this node' : 'quantize the weights per channel, or exclude this node';
    warnings.push({
      severity: 'warning',
      code: 'weights-need-per-channel',
      message: `Node ${node}: its weights' channels differ ${shortNumber(spread.ratio)}-fold in range, and with one scale for all, ${spread.starved} of ${spread.channels} channels get fewer than ${FEW_STEPS} steps; ${wayOut}.`,
      node,
      tensor: weight.name,
    });
  }
  return { values, dims: tensor.dims, parameters, spread };
}

function finishWeight(name: string, { values, dims, parameters, spread }: PreparedWeight): QuantizedConstant {
  return { name, parameters, dims, bytes: encodeWeights(values, dims, parameters), ...(spread ? { channelRangeRatio: spread.ratio } : {}) };
}

function shortNumber(value: number): string {
  return value >= 1e6 ? value.toExponential(1) : value.toLocaleString('en-US', { maximumSignificantDigits: 3 });
}
