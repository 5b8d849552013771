import type { AuditReport } from '../../../contract/audit.ts';
import type { Problem } from '../../../contract/model.ts';
import type { QuantizedTensor } from '../../../contract/results.ts';
import type { Graph, Model } from '../../onnx/graph.ts';
import { quantizationKind } from '../../onnx/kind.ts';
import { opsetOf } from '../../onnx/opset.ts';
import { roundedOnLoad } from '../rounded-on-load.ts';
import { fullCodes, isSigned } from '../scale.ts';
import { auditGraph, placeQuantized } from './audit-graph.ts';
import { auditParameters } from './audit-parameters.ts';
import { auditWeights } from './audit-weights.ts';
import { withRank } from './code-parameters.ts';
import { viewQuantized, type Coded, type QuantizedView } from './quantized-view.ts';

/**
 * What a quantized model is made of and what is wrong with it: scales, zero points, axes, weights that waste their codes, biases in another unit, float nodes
 * between integer ones, float weights that the runtime rounds, tensors that are rounded twice. From the file alone; a sound model has no findings above `note`.
 * @param model of any form: QDQ, QOperator, dynamic; weights that a QAT export keeps in float are audited once they are folded (`foldTrainedWeights`)
 */
export function auditQuantized(model: Model): AuditReport {
  const quantized = viewQuantized(model.graph);
  const placed = placeQuantized(quantized);
  const placements = quantized.operations.map((operation) => placed.get(operation)).filter((placement) => placement !== undefined);
  const tensors = tensorsOf(quantized);
  const count = (placement: string): number => placements.filter((one) => one.placement === placement).length;
  const nodes = { integer: count('integer'), float: count('float'), fused: count('fused') };
  const weights = tensors.filter(({ kind }) => kind === 'weight');
  const types = (kind: QuantizedTensor['kind']): string[] => [...new Set(tensors.filter((one) => one.kind === kind).map(({ type }) => type))].sort();
  const op = (name: string): number => model.graph.nodes.filter((node) => node.op === name).length;
  const findings = [
    ...auditParameters(quantized, opsetOf(model)),
    ...auditWeights(quantized),
    ...auditGraph(quantized, placed),
    ...floatBiases(quantized),
    ...roundedWeights(model.graph),
  ];
  return {
    summary: {
      form: quantizationKind(model.graph),
      quantizeNodes: op('QuantizeLinear'),
      dequantizeNodes: op('DequantizeLinear'),
      nodes,
      share: placements.length === 0 ? 0 : (100 * (nodes.integer + nodes.fused)) / placements.length,
      activationTypes: types('activation'),
      weightTypes: types('weight'),
      weights: { perChannel: weights.filter(({ axis }) => axis !== null).length, perTensor: weights.filter(({ axis }) => axis === null).length },
    },
    findings: findings.sort((a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity)),
    placements,
    tensors,
  };
}

const SEVERITIES: readonly Problem['severity'][] = ['error', 'warning', 'note'];

/** In the order that results have: activations, weights, biases, each once. */
function tensorsOf({ operations, activations }: QuantizedView): QuantizedTensor[] {
  const all = new Map<string, QuantizedTensor>();
  for (const coded of activations.values()) if (!all.has(coded.tensor)) all.set(coded.tensor, describe(coded, 'activation'));
  const constants = operations.flatMap(({ reads }) => reads.filter((read) => read?.codes));
  for (const kind of ['weight', 'bias'] as const) {
    for (const coded of constants as Coded[]) {
      if ((coded.parameters.type === 'int32') === (kind === 'bias') && !all.has(coded.tensor)) all.set(coded.tensor, describe(coded, kind));
    }
  }
  return [...all.values()];
}

function describe({ tensor, parameters, codes }: Coded, kind: QuantizedTensor['kind']): QuantizedTensor {
  const { type, axis, blockSize, scale, zeroPoint } = codes ? withRank(parameters, codes.dims.length) : parameters;
  const limits = fullCodes(type);
  const numbers = (one: (index: number) => number): number | number[] => (axis === null ? one(0) : Array.from(scale, (_, i) => one(i)));
  const end = (code: number) => (i: number) => (code - (zeroPoint[i] as number)) * (scale[i] as number);
  const middle = isSigned(type) ? 0 : (limits.max + 1) / 2;
  return {
    name: tensor,
    kind,
    type,
    granularity: blockSize !== null ? 'per-block' : axis === null ? 'per-tensor' : 'per-channel',
    axis,
    symmetric: zeroPoint.every((value) => value === middle),
    scale: blockSize === null ? numbers((i) => scale[i] as number) : null,
    zeroPoint: blockSize === null ? numbers((i) => zeroPoint[i] as number) : null,
    range: kind === 'bias' || blockSize !== null ? null : { min: numbers(end(limits.min)), max: numbers(end(limits.max)) },
    origin: 'the model',
  };
}

function roundedWeights(graph: Graph): Problem[] {
  const [first, ...others] = roundedOnLoad(graph);
  if (!first) return [];
  const message = `Float weights of nodes between DequantizeLinear and QuantizeLinear: ${others.length + 1}, the first is ${first.name} (${first.op}); ONNX Runtime rounds them to int8 with one scale for all channels when it loads the file, and computes in integers what was left float.`;
  return [{ severity: 'warning', code: 'audit-float-rounded', message, node: first.name }];
}

function floatBiases({ view, operations }: QuantizedView): Problem[] {
  const found = operations.filter(
    ({ node, reads }) => ['Conv', 'Gemm', 'ConvTranspose'].includes(node.op) && reads[1]?.codes && view.constant(node.inputs[2])?.type === 'float32',
  );
  const [first] = found;
  if (!first) return [];
  const message = `Float biases behind integer weights: ${found.length}, the first is of ${first.node.name}; devices that compute in integers only need them as int32.`;
  return [{ severity: 'note', code: 'audit-bias-float', message, node: first.node.name }];
}
