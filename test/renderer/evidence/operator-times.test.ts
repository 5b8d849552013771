import { expect, it } from 'vitest';
import type { ModelSpeed, Speed } from '../../../src-main/contract/evidence.ts';
import { operatorTable, operatorTimes } from '../../../src-renderer/views/evidence/operator-times.ts';

const model = (operators: ModelSpeed['operators']): ModelSpeed => ({
  times: { median: 1, p95: 1, least: 1, most: 1, count: 5 }, imagesPerSecond: 1000, loadMs: 1, peakBytes: null, operators,
}); // prettier-ignore

it('joins the operators of both models, the slowest first, with nothing where a model has none', () => {
  const speed: Speed = {
    threads: 2, warmUp: 3, nodes: [], conversions: { count: 1, ms: 0.5 }, findings: [],
    float: model([{ op: 'Conv', count: 3, ms: 4, share: 80 }, { op: 'Add', count: 1, ms: 1, share: 20 }]),
    quantized: model([{ op: 'QLinearConv', count: 3, ms: 2, share: 57 }, { op: 'Add', count: 1, ms: 1.5, share: 43 }]),
  }; // prettier-ignore
  const times = operatorTimes(speed);
  expect(times.map(({ op }) => op)).toEqual(['Conv', 'QLinearConv', 'Add']);
  expect(operatorTable(times, 'INT8').rows).toEqual([
    ['Conv', 4, 3, 80, null, null, null],
    ['QLinearConv', null, null, null, 2, 3, 57],
    ['Add', 1, 1, 20, 1.5, 1, 43],
  ]);
});
