import { intAttribute } from '../../onnx/attributes.ts';
import { total, type ComparisonSums } from '../../metrics/compare-tensors.ts';
import type { Model, Node } from '../../onnx/graph.ts';
import { findPatterns, type Pattern } from '../patterns.ts';
import { viewGraph, type GraphView } from '../view.ts';
import { channelGains } from './channel-gains.ts';
import { onlyActivation, type Layer } from './layers.ts';

/** What was measured of the float model's tensors, by name. */
export type Measured = ReadonlyMap<string, ComparisonSums>;

/** Noise-to-signal ratios: noise power over signal power. */
export interface Estimate {
  layer: Layer;
  /** Of what the layer makes, with everything before it in float. */
  local: number;
  /** Of the model's outputs (mean over them), with everything else in float. */
  output: number;
}

/**
 * What each layer alone does to the outputs, from one pass over the images: local noise-to-signal ratio × linear propagation (reference: "local NSR × linear
 * propagation, then confirm only the top-k").
 *
 * Local: channel c of what a layer makes has the signal P_c (Σf²) and the noise n_c = P_c·‖ΔW_c‖²/‖W_c‖² of its weight, as if inputs were white, plus its share
 * 1/C of the tensor's own quantization noise Σ(f − q)², whose step is the same in all channels.
 *
 * A channel cannot lose more than itself (zero has a code), so n_c ≤ P_c. Its ratio n_c/P_c stays through what keeps channels apart: activations, pooling,
 * depthwise convolutions. The next node that mixes them sees each through its weights: Σ_c (n_c/P_c)·P'_c·g_c / Σ_c P'_c·g_c, with the signal P' that arrives
 * there and g_c = Σw² of what reads channel c. So a channel of great values that hides the loss of all others counts only for what it does, and a small one
 * that a depthwise convolution makes great counts for what it becomes.
 *
 * Propagation: from there a convolution, product, pooling or activation keeps the ratio. In a sum o = a + b the noise of a becomes the share P_a/P_o of the
 * signal (mean squares), in a Concat P_a·N_a/(P_o·N_o) with N elements; of a product each factor's ratio is added. Noise that comes along several ways is
 * taken as independent, but for x·σ(x) and Gelu, which are one activation that keeps the ratio: as a product each would double it, and after forty SiLU
 * the estimate stood 120 dB too low. Where a power is not known, the inputs of a sum share equally. The bias's rounding is left out.
 */
export function estimateSensitivity({ graph }: Model, layers: readonly Layer[], measured: Measured): Estimate[] {
  const view = viewGraph(graph);
  const known: Known = { view, measured, patterns: patternsByNode(view) };
  const transfer = transferFactors(known);
  return layers.map((layer) => {
    const noise = noiseOf(layer, measured);
    const whole = ratio(noise.noise, noise.signal);
    const lost = noise.noise.map((power, c) => Math.min(1, power > 0 ? power / (noise.signal[c] as number) : 0));
    return { layer, local: whole, output: arriving(layer.output, lost, noise.signal, transfer, known) };
  });
}

/**
 * What of a tensor's noise arrives at the outputs.
 * @param lost by channel: noise over signal
 * @param signal by channel, where the tensor's own was not measured
 */
function arriving(tensor: string, lost: Float64Array, signal: Float64Array, transfer: ReadonlyMap<string, number>, known: Known): number {
  const { view, measured } = known;
  const own = measured.get(tensor)?.signal;
  const power = own?.length === lost.length ? own : signal;
  const weighted = (weights: Float64Array): number => ratio(times(lost, weights), weights);
  let sum = view.outputs.has(tensor) ? weighted(power) / view.outputs.size : 0;
  for (const consumer of view.consumers.get(tensor) ?? []) {
    const next = channelsKept(consumer, tensor, lost.length, known);
    if (next !== null) {
      sum += arriving(next, lost, power, transfer, known);
      continue;
    }
    const gains = channelGains(consumer, tensor, view.constant);
    sum += weighted(gains?.length === power.length ? times(power, gains) : power) * passedOn(consumer, tensor, transfer, known);
  }
  return sum;
}

const KEEPING = new Set(['Relu', 'LeakyRelu', 'Clip', 'HardSwish', 'MaxPool', 'AveragePool', 'GlobalAveragePool', 'GlobalMaxPool']);

/** What a node makes that has the same channels, each of its own only; null where it mixes them or is no such node. */
function channelsKept(node: Node, input: string, channels: number, { view, patterns }: Known): string | null {
  if (channels < 2 || node.inputs[0] !== input) return null;
  const pattern = patterns.get(node);
  if (pattern?.input === input) return isFirstReader(node, pattern, { view, patterns }) ? pattern.output : null;
  if (KEEPING.has(node.op)) return node.outputs[0] ?? null;
  const depthwise = node.op === 'Conv' && intAttribute(node, 'group', 1) === channels && view.constant(node.inputs[1])?.dims[0] === channels;
  return depthwise ? (node.outputs[0] ?? null) : null;
}

/** All that a pattern does to its input is counted at the first of its nodes that reads it. */
function isFirstReader(node: Node, pattern: Pattern, { view, patterns }: Pick<Known, 'view' | 'patterns'>): boolean {
  return view.consumers.get(pattern.input)?.find((reader) => patterns.get(reader) === pattern) === node;
}

interface ChannelNoise {
  signal: Float64Array;
  noise: Float64Array;
}

/** By channel of the layer's output, in the unit of its sums; where its channels are not those of the weight, of the weight alone or as one. */
function noiseOf({ quantized, weight, output }: Layer, measured: Measured): ChannelNoise {
  const own = quantized && measured.get(quantized.tensor);
  const made = measured.get(output) ?? own;
  if (!made) return { signal: weight?.signal ?? new Float64Array(1), noise: weight?.noise ?? new Float64Array(1) };
  const rounding = own?.local ? (own.local.noise * total(made.signal)) / total(own.signal) : 0;
  const channels = made.signal.length;
  const relative = weight ? (weight.signal.length === channels ? (c: number) => lost(weight, c) : () => ratio(weight.noise, weight.signal)) : () => 0;
  return { signal: made.signal, noise: made.signal.map((power, channel) => power * relative(channel) + rounding / channels) };
}

/** Channels without any weight make what their bias says, with no noise. */
function lost({ signal, noise }: ChannelNoise, channel: number): number {
  const power = signal[channel] as number;
  return power > 0 ? (noise[channel] as number) / power : 0;
}

function ratio(noise: Float64Array, signal: Float64Array): number {
  const power = total(signal);
  return power > 0 ? total(noise) / power : 0;
}

function times(values: Float64Array, factors: Float64Array): Float64Array {
  return values.map((value, i) => value * (factors[i] as number));
}

interface Known {
  view: GraphView;
  measured: Measured;
  /** By each of their nodes. */
  patterns: ReadonlyMap<Node, Pattern>;
}

function patternsByNode(view: GraphView): Map<Node, Pattern> {
  return new Map(findPatterns(view).flatMap((pattern) => pattern.nodes.map((node) => [node, pattern] as const)));
}

/** By tensor: the noise-to-signal ratio that one unit of its own becomes at the outputs. */
function transferFactors(known: Known): Map<string, number> {
  const { view } = known;
  const factors = new Map<string, number>();
  const add = (tensor: string, factor: number): void => void factors.set(tensor, (factors.get(tensor) ?? 0) + factor);
  for (const name of view.outputs) add(name, 1 / view.outputs.size);
  for (const node of view.graph.nodes.toReversed()) {
    for (const input of new Set(node.inputs)) if (input && !view.constant(input)) add(input, passedOn(node, input, factors, known));
  }
  return factors;
}

/** What one unit at an input of a node becomes at the outputs of the model by way of this node. */
function passedOn(node: Node, input: string, factors: ReadonlyMap<string, number>, { view, measured, patterns }: Known): number {
  if (node.op === 'Shape' || node.op === 'Size') return 0;
  const pattern = patterns.get(node);
  if (pattern?.input === input) {
    return isFirstReader(node, pattern, { view, patterns }) ? (factors.get(pattern.output) ?? 0) : 0;
  }
  const times = node.inputs.filter((name) => name === input).length;
  return node.outputs.reduce((sum, output) => {
    const factor = factors.get(output) ?? 0;
    return factor === 0 ? sum : sum + times * factor * share(input, output, node, view, measured);
  }, 0);
}

function share(input: string, output: string, node: Node, view: GraphView, measured: Measured): number {
  if (node.op !== 'Add' && node.op !== 'Sub' && node.op !== 'Sum' && node.op !== 'Concat') return 1;
  const [part, whole] = [powerOf(input, view, measured), powerOf(output, view, measured)];
  const computed = node.inputs.filter((name) => name && !view.constant(name)).length;
  if (!part || !whole || whole.mean === 0) return 1 / computed;
  const mean = part.mean / whole.mean;
  return node.op === 'Concat' ? (mean * part.count) / whole.count : mean;
}

/** Mean square and number of values; of what its activation function makes of a tensor where only that was measured. */
function powerOf(tensor: string, view: GraphView, measured: Measured): { mean: number; count: number } | null {
  const sums = measured.get(tensor) ?? measured.get(onlyActivation(tensor, view)?.outputs[0] ?? '');
  return sums ? { mean: total(sums.signal) / sums.count, count: sums.count } : null;
}
