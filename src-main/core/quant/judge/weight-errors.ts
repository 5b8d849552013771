import type { WeightError } from '../../../contract/evidence.ts';
import { total } from '../../metrics/compare-tensors.ts';
import { decibels, fourDigits } from '../../metrics/tensor-error.ts';
import type { Model, Node } from '../../onnx/graph.ts';
import { floatsOf } from '../../onnx/tensor.ts';
import { forEachRun, scaleLayout } from '../scale-layout.ts';
import { viewGraph } from '../view.ts';
import { heldWeights, weightOf, type HeldWeight } from './held-weights.ts';

/** A weight of the float model and what the quantized one has of it. */
export interface ComparedWeight {
  /** Of the prepared float model. */
  node: Node;
  /** Position of the weight among its inputs. */
  input: number;
  /** Name in the float model. */
  name: string;
  held: HeldWeight;
  /** Σw², Σ(w − q)² and greatest |w| by output channel; one channel where there are none. */
  signal: Float64Array;
  noise: Float64Array;
  greatest: Float64Array;
}

export interface ComparedWeights {
  weights: ComparedWeight[];
  /** Quantized weights that none of the float model could be found for. */
  unmatched: string[];
}

interface FloatWeight {
  node: Node;
  input: number;
  name: string;
  dims: readonly number[];
  axis: number | null;
  values: Float32Array;
  /** Before anything was folded into it, where that is another one. */
  unfolded: Float32Array | null;
}

/**
 * Finds the float weight of each weight of a quantized model: by the name of the node, of the weight or of what the node makes, of the same shape; else, where
 * both models have weights of the same shapes in the same order, by the order.
 * @param prepared the float model with BatchNormalization folded
 * @param original the float model as it is in the file: a tool that folds nothing has its weights
 */
export function compareWeights(prepared: Model, original: Model, quantized: Model): ComparedWeights {
  const floats = floatWeights(prepared, original);
  const held = heldWeights(quantized);
  const same = (a: readonly number[], b: readonly number[]): boolean => a.length === b.length && a.every((dim, i) => dim === b[i]);
  const inOrder = floats.length === held.length && floats.every(({ dims }, i) => same(dims, (held[i] as HeldWeight).dims));
  const by = (key: (weight: FloatWeight) => string): Map<string, FloatWeight> => new Map(floats.map((weight) => [key(weight), weight]));
  const [nodes, names, outputs] = [by(({ node }) => node.name), by(({ name }) => name), by(({ node }) => node.outputs[0] ?? '')];
  const weights: ComparedWeight[] = [];
  const unmatched: string[] = [];
  held.forEach((one, index) => {
    const found = [nodes.get(one.node), names.get(one.name), outputs.get(one.output)].find((weight) => weight && same(weight.dims, one.dims));
    const float = found ?? (inOrder ? floats[index] : undefined);
    if (float) weights.push(compared(float, one));
    else unmatched.push(one.name);
  });
  return { weights, unmatched };
}

function floatWeights(prepared: Model, original: Model): FloatWeight[] {
  const { constant } = viewGraph(prepared.graph);
  const before = new Map(original.graph.nodes.map((node) => [node.name, node]));
  return prepared.graph.nodes.flatMap((node): FloatWeight[] => {
    const weight = weightOf(node, constant);
    if (!weight || weight.tensor.type !== 'float32') return [];
    const { tensor, index, axis } = weight;
    const unfolded = original.graph.constants.get(before.get(node.name)?.inputs[index] ?? '');
    const other = unfolded && unfolded.type === 'float32' && unfolded.dims.join() === tensor.dims.join() && unfolded.bytes !== tensor.bytes;
    return [{ node, input: index, name: tensor.name, dims: tensor.dims, axis, values: floatsOf(tensor), unfolded: other ? floatsOf(unfolded) : null }];
  });
}

function compared({ node, input, name, dims, axis, values, unfolded }: FloatWeight, held: HeldWeight): ComparedWeight {
  const layout = scaleLayout(dims, { axis, blockSize: null });
  const sum = (floats: Float32Array): Pick<ComparedWeight, 'signal' | 'noise' | 'greatest'> => {
    const sums = { signal: new Float64Array(layout.count), noise: new Float64Array(layout.count), greatest: new Float64Array(layout.count) };
    forEachRun(layout, (from, to, channel) => {
      let [signal, noise, greatest] = [0, 0, sums.greatest[channel] as number];
      for (let i = from; i < to; i++) {
        const value = floats[i] as number;
        signal += value * value;
        noise += (value - (held.values[i] as number)) ** 2;
        greatest = Math.max(greatest, Math.abs(value));
      }
      sums.signal[channel] = (sums.signal[channel] as number) + signal;
      sums.noise[channel] = (sums.noise[channel] as number) + noise;
      sums.greatest[channel] = greatest;
    });
    return sums;
  };
  const [folded, plain] = [sum(values), unfolded && sum(unfolded)];
  return { node, input, name, held, ...(plain && share(plain) < share(folded) ? plain : folded) };
}

function share({ signal, noise }: Pick<ComparedWeight, 'signal' | 'noise'>): number {
  return total(noise) / total(signal);
}

/** For people, four digits each. */
export function weightError({ node, name, held, signal, noise, greatest }: ComparedWeight): WeightError {
  const channels = Array.from(signal, (power, channel) => fourDigits(decibels(power, noise[channel] as number)));
  const known = channels.filter((value) => value !== null);
  const least = known.reduce((a, b) => Math.min(a, b), Infinity);
  const alive = greatest.filter((value) => value > 0);
  const ratio = alive.reduce((a, b) => Math.max(a, b), 0) / alive.reduce((a, b) => Math.min(a, b), Infinity);
  return {
    name,
    node: node.name,
    op: node.op,
    type: held.type,
    granularity: held.granularity,
    sqnrDb: fourDigits(decibels(total(signal), total(noise))),
    channelSqnrDb: channels,
    worstChannel: known.length > 0 ? channels.indexOf(least) : null,
    rangeRatio: alive.length > 0 ? fourDigits(ratio) : null,
  };
}
