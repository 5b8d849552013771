import { total, type ComparisonSums } from '../../metrics/compare-tensors.ts';
import type { Model, Node } from '../../onnx/graph.ts';
import { viewGraph, type GraphView } from '../view.ts';
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
 * local = Σ(f − q)²/Σf² of its output's own quantization + Σ_c P_c·‖ΔW_c‖²/‖W_c‖² / Σ_c P_c for its weight, P_c the power of output channel c: as if inputs were
 * white, so that a relative error of a channel's weights is one of what they make.
 *
 * Propagation: a convolution, product, pooling or activation keeps the ratio. In a sum o = a + b the noise of a becomes the share P_a/P_o of the signal
 * (mean squares), in a Concat P_a·N_a/(P_o·N_o) with N elements; of a product each factor's ratio is added. Noise that comes along several ways is taken as
 * independent. Where a power is not known, the inputs of a sum share equally. The bias's rounding is left out.
 */
export function estimateSensitivity({ graph }: Model, layers: readonly Layer[], measured: Measured): Estimate[] {
  const view = viewGraph(graph);
  const transfer = transferFactors(view, measured);
  return layers.map((layer) => {
    const local = activationNoise(layer, measured) + weightNoise(layer, measured);
    return { layer, local, output: local * (transfer.get(layer.output) ?? 0) };
  });
}

function activationNoise({ quantized }: Layer, measured: Measured): number {
  const sums = quantized && measured.get(quantized.tensor);
  const signal = sums ? total(sums.signal) : 0;
  return sums?.local && signal > 0 ? sums.local.noise / signal : 0;
}

function weightNoise({ weight, output, quantized }: Layer, measured: Measured): number {
  if (!weight) return 0;
  const powers = (measured.get(output) ?? (quantized ? measured.get(quantized.tensor) : undefined))?.signal;
  const byChannel = powers?.length === weight.signal.length && total(powers) > 0;
  const parts = Array.from(weight.signal, (signal, channel) => {
    const noise = weight.noise[channel] as number;
    // Channels without any weight make what their bias says, with no noise.
    return byChannel ? (powers[channel] as number) * (signal > 0 ? noise / signal : 0) : noise;
  });
  const whole = byChannel ? total(powers) : total(weight.signal);
  return whole > 0 ? parts.reduce((a, b) => a + b, 0) / whole : 0;
}

/** By tensor: the noise-to-signal ratio that one unit of its own becomes at the outputs. */
function transferFactors(view: GraphView, measured: Measured): Map<string, number> {
  const factors = new Map<string, number>();
  const add = (tensor: string, factor: number): void => void factors.set(tensor, (factors.get(tensor) ?? 0) + factor);
  for (const name of view.outputs) add(name, 1 / view.outputs.size);
  for (const node of view.graph.nodes.toReversed()) {
    if (node.op === 'Shape' || node.op === 'Size') continue;
    for (const output of node.outputs) {
      const factor = factors.get(output) ?? 0;
      if (factor === 0) continue;
      for (const input of node.inputs) if (input && !view.constant(input)) add(input, factor * share(input, output, node, view, measured));
    }
  }
  return factors;
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
