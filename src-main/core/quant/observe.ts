import { freshName, namesDefinedIn } from '../onnx/names.ts';
import { elementCount, intTensor } from '../onnx/tensor.ts';
import type { Attribute, Model, Node, Tensor, TensorInfo } from '../onnx/graph.ts';
import { FULL_UP_TO, STRIDE, type Collector } from './statistics.ts';

/** A model that looks at its own tensors. */
export interface Observer {
  /** Its outputs are small: what statistics need of large tensors, and small tensors whole. */
  model: Model;
  /**
   * Gives the outputs for one image to the collector.
   * @param output values of an output of `model`, by name
   * @returns the name of a tensor with a NaN or infinity; null when there is none
   */
  collect(output: (name: string) => Float32Array, collector: Collector): string | null;
}

/**
 * Lets the model compute minimum, maximum and every 31st value of its large tensors itself. Handing them out whole cost as much again as the inference:
 * onnxruntime-node copies every output into new memory, 28 MB an image for MobileNetV2, even those that it has written in place already.
 * @param model batch 1, shapes known as far as possible; a tensor of unknown shape is handed out whole
 * @param names tensors that nodes make
 */
export function observe(model: Model, names: readonly string[]): Observer {
  const { graph } = model;
  const taken = namesDefinedIn(graph);
  const fresh = (wish: string): string => freshName(`calibrant_${wish}`, taken);
  const nodes: Node[] = [];
  const constants = new Map<string, Tensor>();
  const constant = (wish: string, value: number): string => {
    const name = fresh(wish);
    constants.set(name, intTensor(name, [1], [value]));
    return name;
  };
  const add = (op: string, inputs: string[], wish: string, attributes: [string, Attribute][] = []): string => {
    const output = fresh(wish);
    nodes.push({ name: output, op, domain: '', inputs, outputs: [output], attributes: new Map(attributes) });
    return output;
  };

  const sizes = names.map((name) => ({ name, size: sizeOf(graph.values.get(name)) }));
  const whole = sizes.filter(({ size }) => size === null || size <= FULL_UP_TO).map(({ name }) => name);
  const large = sizes.flatMap(({ name, size }) => (size !== null && size > FULL_UP_TO ? [{ name, size }] : []));
  if (large.length === 0) return observer(model, graph.nodes, constants, whole, [], []);

  const [all, first, last, axis, stride] = [
    constant('all', -1),
    constant('first', 0),
    constant('last', Number.MAX_SAFE_INTEGER),
    constant('axis', 0),
    constant('stride', STRIDE),
  ];
  const flat = large.map(({ name }) => add('Reshape', [name, all], `${name}_flat`));
  const extremes = (op: 'ReduceMin' | 'ReduceMax') => flat.map((name) => add(op, [name], `${name}_${op}`, [['keepdims', { kind: 'int', value: 1 }]]));
  const join = (inputs: string[], wish: string) => add('Concat', inputs, wish, [['axis', { kind: 'int', value: 0 }]]);
  const joined = [
    join(extremes('ReduceMin'), 'minima'),
    join(extremes('ReduceMax'), 'maxima'),
    join(flat.map((name) => add('Slice', [name, first, last, axis, stride], `${name}_samples`)), 'samples'),
  ]; // prettier-ignore
  return observer(model, [...graph.nodes, ...nodes], new Map([...graph.constants, ...constants]), whole, large, joined);
}

function observer(
  model: Model,
  nodes: Node[],
  constants: Map<string, Tensor>,
  whole: string[],
  large: { name: string; size: number }[],
  joined: string[],
): Observer {
  const { graph } = model;
  const wholeOutputs = whole.map((name): TensorInfo => graph.values.get(name) ?? { name, type: 'float32', shape: null });
  const outputs = [...wholeOutputs, ...joined.map((name): TensorInfo => ({ name, type: 'float32', shape: null }))];
  const [minima = '', maxima = '', samples = ''] = joined;
  return {
    model: { ...model, graph: { ...graph, nodes, constants: joined.length > 0 ? constants : graph.constants, outputs } },
    collect(output, collector) {
      for (const name of whole) if (!collector.add(name, output(name))) return name;
      let from = 0;
      for (const [i, { name, size }] of large.entries()) {
        const to = from + Math.ceil(size / STRIDE);
        const reduced = {
          min: output(minima)[i] as number,
          max: output(maxima)[i] as number,
          count: size,
          means: null,
          samples: output(samples).subarray(from, to),
        };
        if (!collector.addReduced(name, reduced)) return name;
        from = to;
      }
      return null;
    },
  };
}

function sizeOf(info: TensorInfo | undefined): number | null {
  const dims = info?.shape;
  return dims?.every((dim) => typeof dim === 'number') ? elementCount(dims) : null;
}
