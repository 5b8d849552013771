import { createHash } from 'node:crypto';
import type { Model, Tensor } from '../../src-main/core/onnx/graph.ts';
import { floatsOf, intsOf } from '../../src-main/core/onnx/tensor.ts';
import { constantsOf, decode, sampleOf, type Golden, type GoldenConstant, type Scheme } from './golden.ts';

const BIAS_SAMPLES = 8;
/** Of the values of an output, this share must be within a step. */
const SHARE = 0.999;

/**
 * A line for every node and every constant that differs from what the Python tool made; empty where both agree.
 * @param aliases what a tensor is called in our model, where that is known to differ
 */
export function modelDifferences(golden: Golden, scheme: Scheme, ours: Model, aliases: ReadonlyMap<string, string>): string[] {
  const constants = constantsOf(golden, scheme).map((constant) => ({ ...constant, name: renamed(constant.name, aliases) }));
  return [...nodeDifferences(golden, scheme, ours, aliases), ...constants.flatMap((expected) => constantDifferences(expected, ours))];
}

/** The order may differ; names, inputs and outputs may not: they are the decisions. */
function nodeDifferences(golden: Golden, scheme: Scheme, ours: Model, aliases: ReadonlyMap<string, string>): string[] {
  const made = ours.graph.nodes.map(({ domain, op, name, inputs, outputs }) =>
    [domain ? `${domain}::${op}` : op, name, trimmed(inputs).join(), trimmed(outputs).join()].join('|'),
  );
  if (typeof scheme.nodes === 'string') {
    const hash = createHash('sha256').update(made.sort().join('\n')).digest('hex');
    return hash === scheme.nodes ? [] : [`the nodes differ: ${hash}`];
  }
  const expected = (scheme.nodes ?? []).map((line) => inOurWords(golden.lines[line] as string, aliases));
  return [...without(expected, made).map((node) => `missing node ${node}`), ...without(made, expected).map((node) => `superfluous node ${node}`)];
}

/** Of QOperator only: the Python tool names the outputs of Split without an underscore, and Split itself as if it became another operator. */
function inOurWords(node: string, aliases: ReadonlyMap<string, string>): string {
  const [op = '', name = '', ...ends] = node.split('|');
  const words = ends.map((end) =>
    end
      .split(',')
      .map((word) => renamed(word.replace(/(?<=[^_])quantized$/, '_quantized'), aliases))
      .join(),
  );
  return [op, op === 'Split' ? name.replace(/_quant$/, '') : renamed(name, aliases), ...words].join('|');
}

function renamed(word: string, aliases: ReadonlyMap<string, string>): string {
  const [, tensor = '', suffix = ''] = /^(.*?)(_quantized|_scale|_zero_point|_DequantizeLinear|)$/.exec(word) ?? [];
  return aliases.has(tensor) ? `${aliases.get(tensor)}${suffix}` : word;
}

/** Inputs that are left out at the end may be written or not. */
function trimmed(names: readonly string[]): readonly string[] {
  return names.at(-1) === '' ? trimmed(names.slice(0, -1)) : names;
}

function without(from: readonly string[], what: readonly string[]): string[] {
  const left = [...what];
  return from.filter((entry) => {
    const at = left.indexOf(entry);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}

function constantDifferences(expected: GoldenConstant, { graph }: Model): string[] {
  const { name, type, dims, kept, data } = expected;
  const ours = graph.constants.get(name);
  if (!ours) return [`missing constant ${name}`];
  if (ours.type !== type) return [`${name} is ${ours.type} instead of ${type}`];
  // One number alone may be a scalar or a vector.
  const alone = ours.dims.concat(dims).every((dim) => dim === 1);
  const differences = alone || ours.dims.join() === dims.join() ? [] : [`${name} has the shape ${ours.dims.join()} instead of ${dims.join()}`];
  if (kept === 'sha256') {
    const hash = createHash('sha256').update(bytesOf(ours)).digest('hex');
    return hash === data ? differences : [...differences, `the values of ${name} differ`];
  }
  const values = decode(type, data);
  const made = kept === 'sampled' ? sampleOf(numbersOf(ours), BIAS_SAMPLES) : numbersOf(ours);
  const wrong = values.findIndex((value, i) => !agrees(type, value, made[i] as number));
  if (made.length !== values.length) differences.push(`${name} has ${made.length} values instead of ${values.length}`);
  else if (wrong >= 0) differences.push(`${name}[${wrong}] is ${made[wrong]} instead of ${values[wrong]}`);
  return differences;
}

/** Scales within 1e-6, biases within one, every other integer exactly. */
function agrees(type: string, expected: number, ours: number): boolean {
  if (type === 'float32') return Math.abs(ours - expected) <= 1e-6 * Math.abs(expected);
  return Math.abs(ours - expected) <= (type === 'int32' ? 1 : 0);
}

function numbersOf(tensor: Tensor): number[] {
  return tensor.type === 'float32' ? [...floatsOf(tensor)] : intsOf(tensor);
}

/** As numpy has them: 4-bit codes one a byte. */
function bytesOf(tensor: Tensor): Uint8Array {
  return tensor.type === 'int4' || tensor.type === 'uint4' ? new Uint8Array(Int8Array.from(intsOf(tensor)).buffer) : tensor.bytes;
}

/** A line for every output of which too many values are further than a step from the Python tool's model. */
export function outputDifferences(
  golden: Golden,
  expected: Record<string, number>,
  outputs: ReadonlyMap<string, ArrayLike<number | bigint>>,
  ours: Model,
): string[] {
  return Object.entries(expected).flatMap(([name, line]) => {
    const values = decode('float32', golden.lines[line] as string);
    const all = outputs.get(name);
    if (!all) return [`missing output ${name}`];
    const made = Array.from(all, Number).filter((_, i) => i % Math.max(1, Math.ceil(all.length / values.length)) === 0);
    if (made.length !== values.length) return [`${name} has ${made.length} values instead of ${values.length}`];
    const step = stepOf(name, ours) ?? (Math.max(...values) - Math.min(...values)) / 255;
    const near = values.filter((value, i) => Math.abs((made[i] as number) - value) <= step * 1.001 + 1e-12).length;
    return near >= SHARE * values.length ? [] : [`${values.length - near} of ${values.length} values of ${name} are further off than a step of ${step}`];
  });
}

/** Scale of the DequantizeLinear that makes an output; null where the output is float. */
function stepOf(output: string, { graph }: Model): number | null {
  const node = graph.nodes.find(({ outputs }) => outputs.includes(output));
  const scale = node?.op === 'DequantizeLinear' ? graph.constants.get(node.inputs[1] as string) : undefined;
  return scale ? (floatsOf(scale)[0] as number) : null;
}
