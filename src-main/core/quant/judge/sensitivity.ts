import { total, type ComparisonSums } from '../../metrics/compare-tensors.ts';
import type { Model, Node } from '../../onnx/graph.ts';
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
 * The next node with weights sees each channel through its own: Σ_c n_c·g_c / Σ_c P_c·g_c with g_c = Σw² of what reads channel c. So a channel of great values
 * that hides the loss of all others counts only for what it does.
 *
 * Propagation: from there a convolution, product, pooling or activation keeps the ratio. In a sum o = a + b the noise of a becomes the share P_a/P_o of the
 * signal (mean squares), in a Concat P_a·N_a/(P_o·N_o) with N elements; of a product each factor's ratio is added. Noise that comes along several ways is
 * taken as independent. Where a power is not known, the inputs of a sum share equally. The bias's rounding is left out.
 */
export function estimateSensitivity({ graph }: Model, layers: readonly Layer[], measured: Measured): Estimate[] {
  const view = viewGraph(graph);
  const transfer = transferFactors(view, measured);
  return layers.map((layer) => {
    const noise = noiseOf(layer, measured);
    const whole = ratio(noise.noise, noise.signal);
    let output = view.outputs.has(layer.output) ? whole / view.outputs.size : 0;
    for (const consumer of view.consumers.get(layer.output) ?? []) {
      const gains = channelGains(consumer, layer.output, view.constant);
      const seen = gains?.length === noise.signal.length ? ratio(times(noise.noise, gains), times(noise.signal, gains)) : whole;
      output += seen * passedOn(consumer, layer.output, transfer, view, measured);
    }
    return { layer, local: whole, output };
  });
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

/** By tensor: the noise-to-signal ratio that one unit of its own becomes at the outputs. */
function transferFactors(view: GraphView, measured: Measured): Map<string, number> {
  const factors = new Map<string, number>();
  const add = (tensor: string, factor: number): void => void factors.set(tensor, (factors.get(tensor) ?? 0) + factor);
  for (const name of view.outputs) add(name, 1 / view.outputs.size);
  for (const node of view.graph.nodes.toReversed()) {
    for (const input of new Set(node.inputs)) if (input && !view.constant(input)) add(input, passedOn(node, input, factors, view, measured));
  }
  return factors;
}

/** What one unit at an input of a node becomes at the outputs of the model by way of this node. */
function passedOn(node: Node, input: string, factors: ReadonlyMap<string, number>, view: GraphView, measured: Measured): number {
  if (node.op === 'Shape' || node.op === 'Size') return 0;
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
