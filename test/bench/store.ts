import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { QuantizedTensor, RunResult } from '../../src-main/contract/results.ts';
import { openStore } from '../../src-main/store/store.ts';
import { runResult } from '../fixtures/records.ts';
import { seed } from '../store/seeded.ts';

/** How fast a project with many runs opens; each run has results of MobileNetV2's size (170 tensors, per-channel scales). Goal: list < 50 ms. */
const RUNS = 500;

const tensor: QuantizedTensor = {
  name: 'features.10.conv.0.weight',
  kind: 'weight',
  type: 'int8',
  granularity: 'per-channel',
  axis: 0,
  symmetric: true,
  scale: Array.from({ length: 100 }, (_, i) => Math.sin(i + 1) ** 2),
  zeroPoint: Array.from({ length: 100 }, () => 0),
  range: null,
  origin: 'weights',
};
const result: RunResult = { ...runResult, quantize: { ...runResult.quantize, tensors: Array.from({ length: 170 }, () => tensor) } };

function timed<T>(what: string, action: () => T): T {
  const times: number[] = [];
  let value!: T;
  for (let i = 0; i < 7; i++) {
    const start = performance.now();
    value = action();
    times.push(performance.now() - start);
  }
  console.log(`${what}: ${times[0]?.toFixed(1)} ms first, ${times.sort((a, b) => a - b)[3]?.toFixed(1)} ms median`);
  return value;
}

const folder = mkdtempSync(join(tmpdir(), 'calibrant-bench-'));
try {
  const filling = await openStore(folder);
  const { project, start, finish } = await seed(filling);
  for (let i = 0; i < RUNS; i++) await finish(start(`run ${i}`), result);
  filling.close();

  const before = performance.now();
  const store = await openStore(folder);
  console.log(`open with ${RUNS} runs: ${(performance.now() - before).toFixed(1)} ms`);
  const rows = timed(`list of ${RUNS} runs`, () => store.runs.list(project.id));
  timed('list of projects with the best run', () => store.projects.list());
  timed('one whole result', () => store.results.ofRun(rows[0]?.id ?? ''));
  timed('one commit', () => store.projects.rename(project.id, `renamed ${Math.random()}`));
  store.close();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
