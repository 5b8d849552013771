import type { DiagnosedTensor, RunResult, TensorError } from '../../../src-main/contract/results.ts';
import type { HeatmapColumn, HeatmapRow } from '../../charts/heatmap.ts';
import { decibel, milliseconds, number, times } from '../../components/format.ts';
import { GLOSSARY } from '../../components/glossary.ts';
import type { NodeMetric } from '../../graph/colouring.ts';

/** One number of every layer: of its tensor or of its node. */
export interface LayerMetric extends NodeMetric {
  of(tensor: DiagnosedTensor): number | null;
  /** Why a tensor has none. */
  unknownOfTensor: string;
}

/** The nodes that make a tensor: the one that writes it and, where that is fused, those it is fused into. Nearest first. */
export type NodesOf = (tensor: DiagnosedTensor) => readonly string[];

const sqnrColumn = {
  unit: 'dB',
  good: 'high',
  scale: 'linear',
  // 10 dB is noise nearly as strong as the signal, 50 dB is what eight bits can do at best: fixed, so that two runs can be compared by eye.
  ends: { good: 50, bad: 10 },
  format: (value: number, short: boolean) => (short ? number(value) : decibel(value)),
} as const;
/** Shown as 1 − cosine, since everything interesting happens behind 0.99. */
const cosineColumn = { unit: '', good: 'low', scale: 'log', ends: { good: 1e-5, bad: 0.1 }, format: (value: number) => number(value) } as const;
const mseColumn = { unit: '', good: 'low', scale: 'log', format: (value: number) => number(value) } as const;
const weightHint = 'Of the weight as it is stored, against its float values; of several weights of a node the worst.';
const aloneHint = 'The SQNR that the output of the model has when only this layer is quantized';

/**
 * Every metric that this run has numbers of, in the order of the heatmap's columns.
 * @param nodesOf weights and time belong to a Conv, the tensor that is compared to the Clip that is fused into it: one layer
 */
export function layerMetrics({ diagnose, evaluate }: RunResult, nodesOf: NodesOf): LayerMetric[] {
  const { tensors, weights = [], sensitivity = [] } = diagnose;
  const speed = evaluate.speed?.nodes ?? [];
  const unlocal = 'not quantized itself';
  const unlike = 'no error at all, or no signal';
  const cumulative = (column: HeatmapColumn, of: (error: TensorError) => number | null): LayerMetric => ofTensors(tensors, column, unlike, (one) => of(one.cumulative)); // prettier-ignore
  const local = (column: HeatmapColumn, of: (error: TensorError) => number | null): LayerMetric => ofTensors(tensors, column, unlocal, (one) => (one.local ? of(one.local) : null)); // prettier-ignore
  const all = [
    cumulative({ key: 'sqnr', title: 'SQNR cumulative', hint: `${GLOSSARY.SQNR} ${GLOSSARY['cumulative error']}`, ...sqnrColumn }, (error) => error.sqnrDb),
    local({ key: 'sqnr-local', title: 'SQNR local', hint: `${GLOSSARY.SQNR} ${GLOSSARY['local error']}`, ...sqnrColumn }, (error) => error.sqnrDb),
    cumulative({ key: 'cosine', title: '1 − cosine cumulative', hint: `${GLOSSARY.cosine} Shown is its distance from 1. ${GLOSSARY['cumulative error']}`, ...cosineColumn }, distance), // prettier-ignore
    local({ key: 'cosine-local', title: '1 − cosine local', hint: `${GLOSSARY.cosine} Shown is its distance from 1. ${GLOSSARY['local error']}`, ...cosineColumn }, distance), // prettier-ignore
    cumulative({ key: 'mse', title: 'MSE cumulative', hint: `${GLOSSARY.MSE} ${GLOSSARY['cumulative error']}`, ...mseColumn }, (error) => error.mse),
    local({ key: 'mse-local', title: 'MSE local', hint: `${GLOSSARY.MSE} ${GLOSSARY['local error']}`, ...mseColumn }, (error) => error.mse),
    ofNodes(
      nodesOf,
      { key: 'sensitivity', title: 'Layer alone, estimated', hint: `${aloneHint}, estimated from its local error and the graph behind it.`, ...sqnrColumn },
      'no error of its own',
      sensitivity.map((one) => [one.node, one.estimateDb]),
    ),
    ofNodes(
      nodesOf,
      {
        key: 'sensitivity-measured',
        title: 'Layer alone, measured',
        hint: `${aloneHint}, measured by running it; only the worst by estimate are.`,
        ...sqnrColumn,
      },
      'only estimated',
      sensitivity.map((one) => [one.node, one.measured?.outputSqnrDb ?? null]),
    ),
    ofNodes(
      nodesOf,
      { key: 'weight', title: 'Weight SQNR', hint: `${GLOSSARY.SQNR} ${weightHint}`, ...sqnrColumn },
      'no quantized weight',
      weights.map((one) => [one.node, one.sqnrDb]),
    ),
    ofNodes(
      nodesOf,
      { key: 'weight-channel', title: "Weight's worst channel", hint: `SQNR of the output channel that lost most. ${weightHint}`, ...sqnrColumn },
      'no quantized weight',
      weights.map((one) => [one.node, one.worstChannel === null ? null : (one.channelSqnrDb[one.worstChannel] ?? null)]),
    ),
    ofNodes(
      nodesOf,
      { key: 'range-ratio', title: 'Range ratio', unit: '', hint: GLOSSARY['range ratio'], good: 'low', scale: 'log', ends: { good: 1, bad: 100 }, format: (value, short) => (short ? number(value) : times(value)) }, // prettier-ignore
      'no quantized weight',
      weights.map((one) => [one.node, one.rangeRatio]),
    ),
    ofNodes(
      nodesOf,
      { key: 'time', title: 'Time', unit: 'ms', hint: 'Of its kernels in the quantized model, per inference on this machine.', good: 'low', scale: 'linear', format: (value, short) => (short ? number(value) : milliseconds(value)) }, // prettier-ignore
      'not measured, or part of another kernel',
      speed.map((one) => [one.node, one.ms]),
    ),
  ];
  return all.filter(({ byNode }) => byNode.size > 0);
}

/** What the heatmap shows until somebody chooses: each kind of evidence once. */
export const SHOWN_FIRST: readonly string[] = ['sqnr', 'sqnr-local', 'mse', 'sensitivity', 'weight', 'range-ratio', 'time'];

function ofNodes(nodesOf: NodesOf, column: HeatmapColumn, unknown: string, values: readonly NodeValue[]): LayerMetric {
  const byNode = worstByNode(column, values);
  const of = (tensor: DiagnosedTensor): number | null => {
    const node = nodesOf(tensor).find((name) => byNode.has(name));
    return node === undefined ? null : (byNode.get(node) ?? null);
  };
  return { column, byNode, unknown, unknownOfTensor: unknown, bright: 'bad', of };
}

function ofTensors(
  tensors: readonly DiagnosedTensor[],
  column: HeatmapColumn,
  unknownOfTensor: string,
  of: (tensor: DiagnosedTensor) => number | null,
): LayerMetric {
  // prettier-ignore
  const byNode = worstByNode(column, tensors.map((tensor) => [tensor.node, of(tensor)])); // prettier-ignore
  return { column, byNode, unknown: `its output is not compared by itself, or ${unknownOfTensor}`, unknownOfTensor, bright: 'bad', of };
}

type NodeValue = readonly [node: string, value: number | null];

/** Keeps the worst where a node has several. */
function worstByNode(column: HeatmapColumn, values: readonly NodeValue[]): Map<string, number> {
  const byNode = new Map<string, number>();
  for (const [node, value] of values) {
    if (value === null) continue;
    const before = byNode.get(node);
    if (before === undefined || (column.good === 'high' ? value < before : value > before)) byNode.set(node, value);
  }
  return byNode;
}

/** Rounding can bring a cosine above 1. */
function distance({ cosine }: TensorError): number | null {
  return cosine === null ? null : Math.max(0, 1 - cosine);
}

/** A row of the heatmap, its values in the order of the metrics. */
export function layerRow(tensor: DiagnosedTensor, metrics: readonly LayerMetric[]): HeatmapRow {
  return { key: tensor.name, label: tensor.name, values: metrics.map((metric) => metric.of(tensor)), unknown: metrics.map((metric) => metric.unknownOfTensor) };
}
