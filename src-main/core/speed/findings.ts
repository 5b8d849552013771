import type { NodeSpeed, Speed } from '../../contract/evidence.ts';
import type { Problem } from '../../contract/model.ts';
import type { Graph } from '../onnx/graph.ts';
import { viewQuantized } from '../quant/existing/quantized-view.ts';
import { activationType } from './intent.ts';
import { isConversion, isMove } from './kernels.ts';

/** What the findings are drawn from. */
export interface Measured extends Omit<Speed, 'findings'> {
  /** The quantized file. */
  graph: Graph;
  /** Of the machine; empty where the system does not tell. */
  cpuFlags: readonly string[];
  /** "x64", "arm64". */
  arch: string;
  /** Why the recipe left a node float, where it is known. */
  reasons: ReadonlyMap<string, string>;
}

/** Instructions that multiply 8-bit integers four at a time. Without them int8 gains little over float (ONNX Runtime, docs/performance/quantization). */
const DOT_PRODUCTS = /^(avx512_vnni|avx_vnni|avx_vnni_int8|amx_int8|asimddp|dotprod|i8mm)$/;

/** Below this the fixed costs of an inference outweigh its kernels. */
const SMALL_MS = 0.5;
/** Shares of the time (percent) from which on something is worth a finding. */
const TELLING_SHARE = 5;
const HEAVY_SHARE = 15;
/** A quantized model that is not this much faster gets the reasons why. */
const FASTER = 1.1;
/** Operators that are named one by one. */
const NAMED = 3;

/** What slows the quantized model down, the gravest first, with how much of its time each takes. */
export function findingsOf(measured: Measured): Problem[] {
  const total = measured.quantized.operators.reduce((sum, { ms }) => sum + ms, 0);
  const share = (ms: number): number => (total > 0 ? (100 * ms) / total : 0);
  const stuck = measured.nodes.filter(({ wanted, ran }) => wanted === 'integer' && ran === 'float');
  const trap = stuck.length > 0 && activationType(measured.graph) === 'int8' && !measured.arch.startsWith('arm');
  return [
    ...roundedFloats(measured.nodes),
    ...(trap ? [signedTrap(stuck, measured.graph, share)] : stuckByOperator(stuck, share)),
    ...floatByOperator(measured, share),
    ...conversions(measured, share),
    ...notFaster(measured, stuck, share),
  ];
}

/** devices.md §10, measured with ONNX Runtime 1.30: on x86 it fuses nothing with int8 activations where a tensor has two consumers. */
function signedTrap(stuck: readonly NodeSpeed[], graph: Graph, share: (ms: number) => number): Problem {
  const forks = nodesAtForks(graph);
  const atForks = stuck.filter(({ node }) => forks.has(node)).length;
  const where = atForks > 0 ? ` where several nodes read one tensor (as at ${atForks} of them)` : '';
  return {
    severity: 'warning',
    code: 'speed-s8s8',
    message: `${stuck.length} nodes (${byOperator(stuck)}) were wanted as integers and ran in float, ${percent(share(timeOf(stuck)))} of the time: the activations are int8, and on x86 ONNX Runtime does not fuse them${where}. Quantize with uint8 activations, or open the model with the session option "session.qdqisint8allowed" = "1".`,
    node: (stuck[0] as NodeSpeed).node,
  };
}

/** Nodes that read or make a tensor with more than one reader. */
function nodesAtForks(graph: Graph): Set<string> {
  const { operations } = viewQuantized(graph);
  const readers = new Map<string, number>();
  for (const { reads } of operations) for (const read of new Set(reads.map((one) => one?.tensor))) if (read) readers.set(read, (readers.get(read) ?? 0) + 1);
  const forked = (coded: { tensor: string } | null): boolean => coded !== null && (readers.get(coded.tensor) ?? 0) > 1;
  return new Set(operations.filter(({ reads, makes }) => [...reads, ...makes].some(forked)).map(({ node }) => node.name));
}

/** Kernels that ONNX Runtime makes of float operators whose weights it rounds by itself (quant/rounded-on-load.ts). */
const ROUNDED = new Set(['QLinearConv', 'QGemm', 'QLinearConvTranspose']);

function roundedFloats(nodes: readonly NodeSpeed[]): Problem[] {
  const rounded = nodes.filter(({ wanted, kernel }) => wanted === 'float' && kernel !== null && ROUNDED.has(kernel));
  const [first] = rounded;
  if (!first) return [];
  return [
    {
      severity: 'warning',
      code: 'speed-float-rounded',
      message: `${rounded.length} nodes (${byOperator(rounded)}) were to stay float and ran as integers: ONNX Runtime rounded their weights to int8, with one scale for all channels, when it loaded the file. Quantize again without parity with the Python tool, or open the model with the session option "optimization.disable_specified_optimizers" = "WeightBiasQuantization".`,
      node: first.node,
    },
  ];
}

function stuckByOperator(stuck: readonly NodeSpeed[], share: (ms: number) => number): Problem[] {
  return groups(stuck).map(([op, nodes]) => ({
    severity: 'warning',
    code: 'speed-no-integer-kernel',
    message: `${count(nodes.length, op)} ${nodes.length === 1 ? 'was' : 'were'} wanted as integers and ran in float, ${percent(share(timeOf(nodes)))} of the time: ONNX Runtime took no integer kernel for ${nodes.length === 1 ? 'it' : 'them'} here. Leaving ${nodes.length === 1 ? 'it' : 'them'} float costs no speed and less accuracy.`,
    node: (nodes[0] as NodeSpeed).node,
  }));
}

function floatByOperator({ nodes, reasons }: Measured, share: (ms: number) => number): Problem[] {
  const islands = nodes.filter(({ ran, wanted, kernel }) => ran === 'float' && wanted === 'float' && kernel !== null && !isMove(kernel));
  return groups(islands)
    .filter(([, same]) => share(timeOf(same)) >= TELLING_SHARE)
    .slice(0, NAMED)
    .map(([op, same]) => {
      const [first] = same as [NodeSpeed];
      const reason = reasons.get(first.node);
      return {
        severity: 'note',
        code: 'speed-float',
        message: `${count(same.length, op)} ran in float, ${percent(share(timeOf(same)))} of the time${reason ? `: ${reason.replace(/\.$/, '')}` : ''}.`,
        node: first.node,
      };
    });
}

function conversions({ conversions: { count: ran, ms } }: Measured, share: (ms: number) => number): Problem[] {
  if (ran === 0 || share(ms) < TELLING_SHARE) return [];
  return [
    {
      severity: share(ms) >= HEAVY_SHARE ? 'warning' : 'note',
      code: 'speed-conversions',
      message: `${ran} conversions between float and codes (QuantizeLinear, DequantizeLinear) ran, ${percent(share(ms))} of the time: each float node between integer ones costs two.`,
    },
  ];
}

function notFaster(measured: Measured, stuck: readonly NodeSpeed[], share: (ms: number) => number): Problem[] {
  const { float, quantized, nodes, cpuFlags } = measured;
  const speedup = float ? float.times.median / quantized.times.median : Infinity;
  if (!float || speedup >= FASTER) return [];
  const integer = nodes.filter(({ ran }) => ran === 'integer');
  const moves = quantized.operators.filter(({ op }) => isMove(op) && !isConversion(op));
  const floating = share(timeOf(nodes.filter(({ ran }) => ran === 'float')));
  const moving = share(timeOf(moves));
  const converting = share(measured.conversions.ms);
  const reasons = [
    ...(integer.length === 0 ? ['nothing runs in integers'] : []),
    ...(stuck.length > 0 ? [`${stuck.length} nodes that should run in integers do not`] : []),
    ...(floating >= TELLING_SHARE ? [`${percent(floating)} of its time is float operators`] : []),
    ...(converting >= TELLING_SHARE ? [`${percent(converting)} is conversions between float and codes`] : []),
    ...(moving >= TELLING_SHARE ? [`${percent(moving)} is moving values (${moves.map(({ op }) => op).slice(0, NAMED).join(', ')})`] : []), // prettier-ignore
    ...(cpuFlags.length > 0 && !cpuFlags.some((flag) => DOT_PRODUCTS.test(flag))
      ? ['this processor has no instructions for products of 8-bit integers (VNNI)']
      : []),
    ...(quantized.times.median < SMALL_MS ? [`at ${time(quantized.times.median)} the fixed cost of an inference counts most`] : []),
  ];
  const why = reasons.length > 0 ? reasons.join('; ') : 'none of the usual causes shows; measure again on an idle machine';
  return [
    {
      severity: 'note',
      code: 'speed-not-faster',
      message: `The quantized model is ${speedup < 1 ? 'not' : 'hardly'} faster here (${time(quantized.times.median)}, float ${time(float.times.median)}; medians of ${quantized.times.count} inferences): ${why}.`,
    },
  ];
}

/** By operator, the slowest first. */
function groups(nodes: readonly NodeSpeed[]): [string, NodeSpeed[]][] {
  return [...Map.groupBy(nodes, ({ op }) => op)].sort(([, a], [, b]) => timeOf(b) - timeOf(a));
}

function byOperator(nodes: readonly NodeSpeed[]): string {
  return groups(nodes)
    .map(([op, same]) => `${same.length} ${op}`)
    .join(', ');
}

function count(number: number, op: string): string {
  return number === 1 ? `One ${op} node` : `${number} ${op} nodes`;
}

function timeOf(parts: readonly { ms: number | null }[]): number {
  return parts.reduce((sum, { ms }) => sum + (ms ?? 0), 0);
}

function percent(value: number): string {
  return `${value.toFixed(value < 10 ? 1 : 0)} %`;
}

function time(value: number): string {
  return value < 0.9995 ? `${(1000 * value).toPrecision(3)} µs` : `${value.toPrecision(3)} ms`;
}
