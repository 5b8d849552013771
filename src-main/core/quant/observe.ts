import { freshName, namesDefinedIn } from '../onnx/names.ts';
import { elementCount, floatTensor, intTensor } from '../onnx/tensor.ts';
import type { Attribute, Dim, Model, Node, Tensor, TensorInfo } from '../onnx/graph.ts';
import { channelLayout } from './channels.ts';
import { FULL_UP_TO, STRIDE, type Collector } from './collector.ts';

/** A model that looks at its own tensors. */
export interface Observer {
  /** Its outputs are small: what statistics need of large tensors, and small tensors whole. */
  model: Model;
  /** In the order of the graph. */
  views: TensorView[];
}

/** What an output of an observer's model, of one dimension, tells of a tensor. */
export interface TensorView {
  /** Of the tensor that is looked at. */
  name: string;
  output: string;
  /**
   * null: the output is all of the tensor's values. Else it is minimum, maximum, so many means, and samples, one after the other, of `count` values.
   */
  reduced: { count: number; means: number } | null;
}

/**
 * Lets the model compute minimum, maximum, channel means and every 31st value of its large tensors itself. Handing them out whole cost as much again as
 * the inference: onnxruntime-node copies every output into new memory, 28 MB an image for MobileNetV2, even those that it has written in place already.
 *
 * Every tensor has an output of its own, the last tensor first: ONNX Runtime works from the last node without successors backwards, and so looks at each
 * tensor right after making it, while it lies in the processor's cache, and may give its memory to the next. With one output for all minima, one for all
 * maxima and so on it made all tensors first, which took 1.6 times as long and the memory of all of them together.
 * @param model batch 1, shapes known as far as possible; a tensor of unknown shape is handed out whole
 * @param names tensors that nodes make, in the order of the graph
 * @param full false: no samples of large tensors, so that only their ends and means become known
 */
export function observe(model: Model, names: readonly string[], full: boolean): Observer {
  const { graph } = model;
  const workshop = createWorkshop(model);
  const backwards = [...names].reverse().map((name) => view(workshop, name, fixedDims(graph.values.get(name)), full));
  const outputs = backwards.map(({ output }): TensorInfo => ({ name: output, type: 'float32', shape: null }));
  const nodes = [...graph.nodes, ...workshop.nodes];
  const constants = new Map([...graph.constants, ...workshop.constants]);
  return { model: { ...model, graph: { ...graph, nodes, constants, outputs } }, views: backwards.reverse() };
}

function view(workshop: Workshop, name: string, dims: number[] | null, full: boolean): TensorView {
  const flat = workshop.reshape(name, [-1]);
  const count = dims === null ? 0 : elementCount(dims);
  if (dims === null || count <= FULL_UP_TO) return { name, output: flat, reduced: null };
  const keep: [string, Attribute][] = [['keepdims', { kind: 'int', value: 1 }]];
  const parts = [
    workshop.add('ReduceMin', [flat], keep),
    workshop.add('ReduceMax', [flat], keep),
    workshop.reshape(channelMeans(workshop, name, dims), [-1]),
    ...(full ? [workshop.everyNth(flat, STRIDE)] : []),
  ];
  const output = workshop.add('Concat', parts, [['axis', { kind: 'int', value: 0 }]]);
  return { name, output, reduced: { count, means: channelLayout(dims)?.channels ?? 1 } };
}

/**
 * Gives the outputs for one image to a collector.
 * @param output values of an output of the observer's model, by name
 * @returns the name of the first tensor with a NaN or infinity; null when there is none
 */
export function collectViews(views: readonly TensorView[], output: (name: string) => Float32Array, collector: Collector): string | null {
  for (const { name, output: from, reduced } of views) {
    const values = output(from);
    const finite = reduced
      ? collector.addReduced(name, {
          min: values[0] as number,
          max: values[1] as number,
          count: reduced.count,
          means: values.subarray(2, 2 + reduced.means),
          samples: values.subarray(2 + reduced.means),
        })
      : collector.add(name, values);
    if (!finite) return name;
  }
  return null;
}

function fixedDims(info: TensorInfo | undefined): number[] | null {
  const dims: readonly Dim[] = info?.shape ?? [null];
  return dims.every((dim) => typeof dim === 'number') ? [...dims] : null;
}

/** One mean for each channel, or a single one where there are no channels. GlobalAveragePool, because ReduceMean changed its form with opset 18. */
function channelMeans(workshop: Workshop, name: string, dims: readonly number[]): string {
  const layout = channelLayout(dims);
  if (!layout) return workshop.add('GlobalAveragePool', [workshop.reshape(name, [1, 1, -1])]);
  if (dims[0] === 1 && dims.length > 2) return workshop.add('GlobalAveragePool', [name]);
  const { channels, inner } = layout;
  const outer = elementCount(dims) / (channels * inner);
  const rows = workshop.reshape(name, [outer, channels * inner]);
  const mean = workshop.add('MatMul', [workshop.floats([1, outer], new Float32Array(outer).fill(1 / outer)), rows]);
  return workshop.add('GlobalAveragePool', [workshop.reshape(mean, [1, channels, inner])]);
}

interface Workshop {
  nodes: Node[];
  constants: Map<string, Tensor>;
  add(op: string, inputs: string[], attributes?: [string, Attribute][]): string;
  reshape(name: string, dims: readonly number[]): string;
  everyNth(name: string, stride: number): string;
  floats(dims: number[], values: Float32Array): string;
}

/** Makes nodes under names that the model does not have, and each integer constant once. */
function createWorkshop({ graph }: Model): Workshop {
  const taken = namesDefinedIn(graph);
  const nodes: Node[] = [];
  const constants = new Map<string, Tensor>();
  const known = new Map<string, string>();
  const fresh = (): string => freshName('calibrant_observed', taken);
  const integers = (values: readonly number[]): string => {
    const key = values.join();
    const name = known.get(key) ?? fresh();
    known.set(key, name);
    constants.set(name, intTensor(name, [values.length], values));
    return name;
  };
  const add: Workshop['add'] = (op, inputs, attributes = []) => {
    const output = fresh();
    nodes.push({ name: output, op, domain: '', inputs, outputs: [output], attributes: new Map(attributes) });
    return output;
  };
  return {
    nodes,
    constants,
    add,
    reshape: (name, dims) => add('Reshape', [name, integers(dims)]),
    everyNth: (name, stride) => add('Slice', [name, integers([0]), integers([Number.MAX_SAFE_INTEGER]), integers([0]), integers([stride])]),
    floats: (dims, values) => {
      const name = fresh();
      constants.set(name, floatTensor(name, dims, values));
      return name;
    },
  };
}
