import { describe, expect, it } from 'vitest';
import type { NodeRow } from '../../../src-main/contract/model.ts';
import type { DiagnosedTensor, Placement, RunResult, TensorError } from '../../../src-main/contract/results.ts';
import { layerMetrics, layerRow } from '../../../src-renderer/views/evidence/layer-metrics.ts';
import { nodesOf } from '../../../src-renderer/views/evidence/nodes-of.ts';

const error = (sqnrDb: number | null, mse = 0.01, cosine: number | null = 0.999): TensorError => ({ sqnrDb, cosine, mse, maxAbs: 0.3 });
const tensor = (node: string, cumulative: TensorError, local: TensorError | null): DiagnosedTensor => ({
  name: `${node}_out`,
  node,
  op: 'Clip',
  index: 0,
  elements: 10,
  cumulative,
  local,
});
const weight = (node: string, sqnrDb: number) => ({ name: `${node}.weight`, node, op: 'Conv', type: 'int8', granularity: 'per-channel' as const, sqnrDb, channelSqnrDb: [40, 12, null], worstChannel: 1, rangeRatio: 214 }); // prettier-ignore

/** Only what the metrics read. */
function result(tensors: DiagnosedTensor[], more: Partial<RunResult['diagnose']> = {}): RunResult {
  return { diagnose: { tensors, ...more }, evaluate: { speed: null } } as unknown as RunResult;
}
const alone = ({ node }: DiagnosedTensor): string[] => [node];

describe('the metrics of a run', () => {
  it('are the six errors where some tensor is quantized itself, cosine as its distance from 1', () => {
    const one = tensor('a', error(30, 0.01, 0.99), error(40, 0.001, 0.9999));
    const metrics = layerMetrics(result([one]), alone);
    expect(metrics.map(({ column }) => column.key)).toEqual(['sqnr', 'sqnr-local', 'cosine', 'cosine-local', 'mse', 'mse-local']);
    expect(layerRow(one, metrics).values).toEqual([30, 40, expect.closeTo(0.01, 12), expect.closeTo(0.0001, 12), 0.01, 0.001]);
  });

  it('have no local ones where no tensor has an error of its own', () => {
    const keys = layerMetrics(result([tensor('a', error(30), null)]), alone).map(({ column }) => column.key);
    expect(keys).toEqual(['sqnr', 'cosine', 'mse']);
  });

  it('say for every unknown value why', () => {
    const metrics = layerMetrics(result([tensor('a', error(30), null), tensor('b', error(30), error(40))]), alone);
    const row = layerRow(tensor('a', error(30), null), metrics);
    expect(row.values[1]).toBeNull();
    expect(row.unknown[1]).toBe('not quantized itself');
  });

  it('never fall below 0 where rounding brings a cosine above 1', () => {
    const metrics = layerMetrics(result([tensor('a', error(90, 1e-9, 1.0000001), null)]), alone);
    expect(metrics.find(({ column }) => column.key === 'cosine')?.byNode.get('a')).toBe(0);
  });

  it('keep the worst of several weights of a node', () => {
    const metrics = layerMetrics(result([tensor('a', error(30), null)], { weights: [weight('a', 30), weight('a', 20)] }), alone);
    expect(metrics.find(({ column }) => column.key === 'weight')?.byNode.get('a')).toBe(20);
    expect(metrics.find(({ column }) => column.key === 'weight-channel')?.byNode.get('a')).toBe(12);
    expect(metrics.find(({ column }) => column.key === 'range-ratio')?.byNode.get('a')).toBe(214);
  });
});

it('gives the tensor of a fused Clip the weight of its Conv, and that of an Add none', () => {
  const row = (name: string, op: string, inputs: string[]): NodeRow => ({ index: 0, name, op, domain: '', inputs, outputs: [`${name}_out`], type: 'float32', shape: null, parameters: 0, macs: null }); // prettier-ignore
  const rows = [row('conv', 'Conv', ['x', 'w']), row('norm', 'BatchNormalization', ['conv_out']), row('clip', 'Clip', ['norm_out']), row('add', 'Add', ['clip_out', 'x'])]; // prettier-ignore
  // The preparation folded the BatchNormalization, so the plan never saw it.
  const placements: Placement[] = [{ node: 'conv', op: 'Conv', placement: 'integer', reason: '' }, { node: 'clip', op: 'Clip', placement: 'fused', reason: '' }, { node: 'add', op: 'Add', placement: 'integer', reason: '' }]; // prettier-ignore
  const nodes = nodesOf(placements, new Map(rows.map((one) => [one.name, one])), new Map(rows.map((one) => [`${one.name}_out`, one])));
  const [clip, add] = [tensor('clip', error(30), null), tensor('add', error(30), null)];
  expect(nodes(clip)).toEqual(['clip', 'norm', 'conv']);
  expect(nodes(add)).toEqual(['add']);
  expect(nodesOf([], new Map(rows.map((one) => [one.name, one])), new Map())(clip)).toEqual(['clip']);
  const metric = layerMetrics(result([clip, add], { weights: [weight('conv', 25)] }), nodes).find(({ column }) => column.key === 'weight');
  expect(metric?.of(clip)).toBe(25);
  expect(metric?.of(add)).toBeNull();
});
