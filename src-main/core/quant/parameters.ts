import type { Problem } from '../../contract/model.ts';
import type { Tensor } from '../onnx/graph.ts';
import { floatsOf } from '../onnx/tensor.ts';
import { biasValues, quantizeBias, raiseForBias } from './bias.ts';
import { LEAST_END, type Range } from './ranges/range.ts';
import { chooseScale, isSigned, spreadCodes } from './scale.ts';
import type { Given, Parameters, Plan, PlannedActivation, PlannedWeight, QuantizedConstant, QuantizedGraph, Scheme } from './types.ts';
import { channelSpread, chooseGiven, chooseWeightParameters, encodeWeights, FEW_STEPS, type ChannelSpread } from './weights.ts';

/** Tenth of the channels: fewer are the odd channel that every network has. */
const STARVED_SHARE = 0.1;

/** Key of a bias in `QuantizedGraph.biases`. */
export function biasKey(name: string, node: string): string {
  return `${name}\n${node}`;
}

/**
 * Turns ranges into numbers: scales and zero points of all activations, integer weights and biases.
 * @param ranges of every activation whose range the plan takes from observation (see `estimateRanges`)
 * @throws CalibrantError `model-nan-weights`
 */
export function chooseParameters(plan: Plan, ranges: ReadonlyMap<string, Range>): QuantizedGraph {
  const warnings: Problem[] = [...plan.warnings];
  const { parity } = plan.target;
  const constants = plan.model.graph.constants;
  const anyPerChannel = plan.weights.some(({ scheme }) => scheme.axis !== null);
  const weights = new Map(
    plan.weights.map((weight) => [weight.name, prepareWeight(weight, constantOf(constants, weight.name), anyPerChannel, parity, warnings)] as const),
  );
  const activations = chooseActivations(plan.activations, ranges, weights, parity);
  warnings.push(...deadTensors(activations));
  const biases = plan.biases.map((bias) => ({
    bias,
    values: biasValues(bias, floatsOf(constantOf(constants, bias.name))),
    inputScale: (activations.get(bias.input) as Parameters).scale[0] as number,
    weight: (weights.get(bias.weight) as PreparedWeight).parameters,
  }));
  for (const { bias, values, inputScale, weight } of biases) {
    // The Python tool guards signed symmetric weights only.
    if (parity && !(isSigned(weight.type) && weight.zeroPoint.every((zeroPoint) => zeroPoint === 0))) continue;
    const raised = raiseForBias(bias, values, inputScale, weight);
    if (raised.clipped > 0) {
      const message = `The bias of node ${bias.node} is so much greater than its inputs and weights that it is clipped in ${raised.clipped} channels; exclude this node.`;
      warnings.push({ severity: 'warning', code: 'bias-clipped', message, node: bias.node, tensor: bias.name });
    } else if (raised.channels > 0) {
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
  ranges: ReadonlyMap<string, Range>,
  weights: ReadonlyMap<string, PreparedWeight>,
  parity: boolean,
): Map<string, Parameters> {
  const byName = new Map(planned.map((activation) => [activation.name, activation]));
  const owners = new Map(
    planned.flatMap((activation) => (activation.range.from === 'shared' ? [] : [[activation.name, ownParameters(activation, ranges, parity)]])),
  );
  return new Map(
    planned.map(({ name }) => {
      const owner = ownerOf(name, byName);
      // Rows picked from a constant table share the parameters of the table.
      const parameters = owners.get(owner) ?? weights.get(owner)?.parameters;
      if (!parameters) throw new Error(`${name} shares the parameters of ${owner}, which is not quantized`);
      return [name, owner === name ? parameters : { ...parameters, origin: `shared with ${owner}` }];
    }),
  );
}

/** A branch that no image uses is many tensors, and one finding. */
function deadTensors(activations: ReadonlyMap<string, Parameters>): Problem[] {
  const dead = [...activations].filter(([, { origin }]) => origin === 'never active').map(([name]) => name);
  const [tensor] = dead;
  if (tensor === undefined) return [];
  const what = dead.length === 1 ? `The tensor ${tensor} was` : `${dead.length} tensors, the first ${tensor}, were`;
  const message = `${what} zero in every calibration image; calibrate with images that use this part of the model, or exclude the nodes that make ${dead.length === 1 ? 'it' : 'them'}.`;
  return [{ severity: 'warning', code: 'tensor-dead', message, tensor }];
}

/** Of an activation that shares those of no other. */
export function ownParameters({ name, scheme, range }: PlannedActivation, ranges: ReadonlyMap<string, Range>, parity: boolean): Parameters {
  if (range.from === 'fixed') return activationParameters(scheme, range, `fixed by ${range.by}`);
  if (range.from === 'given') return activationParameters(scheme, range.given, `given by ${range.by}`);
  const seen = ranges.get(name);
  if (!seen) throw new Error(`There is no range of ${name}`);
  const observe = range.from === 'observed' ? range.observe : [];
  const origin = observe.length > 1 ? `observed together: ${observe.join(', ')}` : observe[0] === name ? 'observed' : `observed behind it, at ${observe[0]}`;
  if (parity || !chooseScale(seen.min, seen.max, spreadCodes(scheme.type, scheme.symmetric, scheme.codes), scheme.symmetric).dead) {
    return activationParameters(scheme, seen, origin);
  }
  return activationParameters(scheme, { min: 0, max: LEAST_END }, 'never active');
}

/** The tensor whose parameters a tensor finally has: its own name, or the end of the chain that it shares with. */
export function ownerOf(name: string, planned: ReadonlyMap<string, PlannedActivation>): string {
  let owner = name;
  for (let range = planned.get(owner)?.range; range?.from === 'shared'; range = planned.get(owner)?.range) owner = range.with;
  return owner;
}

function activationParameters(scheme: Scheme, given: Given, origin: string): Parameters {
  const { scale, zeroPoint, min, max } = chooseGiven(given, scheme);
  return {
    type: scheme.type,
    axis: null,
    blockSize: null,
    symmetric: scheme.symmetric,
    scale: Float32Array.of(scale),
    zeroPoint: Int32Array.of(zeroPoint),
    min: Float64Array.of(min),
    max: Float64Array.of(max),
    origin,
  };
}

interface PreparedWeight {
  values: Float32Array;
  dims: number[];
  parameters: Parameters;
  spread: ChannelSpread | null;
}

function prepareWeight(weight: PlannedWeight, tensor: Tensor, anyPerChannel: boolean, parity: boolean, warnings: Problem[]): PreparedWeight {
  const values = floatsOf(tensor);
  const parameters = chooseWeightParameters(weight, values, tensor.dims, parity);
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
  return {
    name,
    parameters,
    dims,
    bytes: encodeWeights(values, dims, parameters),
    ...(spread ? { channelRangeRatio: spread.ratio, zeroChannels: spread.zero } : {}),
  };
}

function shortNumber(value: number): string {
  return value >= 1e6 ? value.toExponential(1) : value.toLocaleString('en-US', { maximumSignificantDigits: 3 });
}
