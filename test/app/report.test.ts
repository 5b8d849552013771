import { expect, it } from 'vitest';
import { writeReport } from '../../src-main/app/report.ts';
import { judgeRun } from '../../src-main/app/verdict.ts';
import type { RunRow } from '../../src-main/contract/projects.ts';
import { DEFAULT_RECIPE } from '../../src-main/contract/recipe.ts';
import type { QuantizedTensor, RunResult } from '../../src-main/contract/results.ts';
import { runResult } from '../fixtures/records.ts';

const weight: QuantizedTensor = {
  name: 'w',
  kind: 'weight',
  type: 'int8',
  granularity: 'per-tensor',
  axis: null,
  symmetric: true,
  scale: 0.01,
  zeroPoint: 0,
  range: { min: -1.27, max: 1.27 },
  origin: 'weights',
  channelRangeRatio: 740,
};
const result: RunResult = { ...runResult, quantize: { ...runResult.quantize, tensors: [weight] } };

function report(name: string): string {
  const row: RunRow = {
    id: 'r',
    projectId: 'p',
    name,
    createdAt: '2026-01-01T00:00:00.000Z',
    jobId: 'j',
    state: 'done',
    error: null,
    recipe: DEFAULT_RECIPE,
    modelName: 'net',
    datasetName: 'images',
    images: 200,
    floatTop1: 91,
    top1: 90.5,
    agreement: 98,
    floatBytes: 1000,
    bytes: 260,
    floatLatencyMs: 3,
    latencyMs: 1.5,
    modelSha256: 'c'.repeat(64),
    worstSqnrDb: 22.25,
  };
  return writeReport({ row, result, verdict: judgeRun(result.evaluate) }, result);
}

it('shows hostile names as text and needs nothing from outside', () => {
  const html = report('<script>alert(1)</script>"&');
  expect(html).not.toContain('<script');
  expect(html).toContain('&#60;script&#62;');
  expect(html).not.toMatch(/https?:|src=|<link/);
});

it('carries the numbers, their counts, the reason for a collapse and what is needed to repeat them', () => {
  const html = report('INT8');
  for (const part of ['91.0 %', '90.5 %', '200 images', '1 of 200 images', '740×', 'a'.repeat(64), 'avx2']) expect(html).toContain(part);
});
