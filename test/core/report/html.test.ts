import { expect, it } from 'vitest';
import { toHtml } from '../../../src-main/core/report/html.ts';
import { runReport } from '../../../src-main/core/report/run-report.ts';
import { judgeRun } from '../../../src-main/app/verdict.ts';
import type { RunRow } from '../../../src-main/contract/projects.ts';
import { DEFAULT_RECIPE } from '../../../src-main/contract/recipe.ts';
import type { QuantizedTensor, RunResult } from '../../../src-main/contract/results.ts';
import { runResult } from '../../fixtures/records.ts';

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
const plain: RunResult = { ...runResult, quantize: { ...runResult.quantize, tensors: [weight] } };

function report(name: string, result: RunResult = plain): string {
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
    headline: null,
    worstClass: null,
    tags: [],
    note: '',
    from: null,
    checks: [],
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
  return toHtml(runReport({ row, result, verdict: judgeRun(result.evaluate, result.quantize.recipe) }, result));
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

it('folds the differences from the Python tool, and has no place for none', () => {
  const message = 'Node <b>conv</b>: its bias is kept.';
  const differences = [{ severity: 'note', code: 'differs-from-python-tool', message, node: 'conv' }] as const;
  const html = report('INT8', { ...plain, quantize: { ...plain.quantize, differences: [...differences] } });
  expect(html).toContain('<details><summary>Differences from ONNX Runtime’s Python tool (1)</summary><ul><li>Node &#60;b&#62;conv');
  expect(report('INT8')).not.toContain('Differences from');
});

it('leaves out a table that would be empty', () => {
  expect(report('INT8')).toContain('Weights whose channels differ most');
  expect(report('INT8', { ...plain, quantize: { ...plain.quantize, tensors: [] } })).not.toContain('Weights whose channels differ most');
});

it('says of other formats what they are, and of no images that there were none', () => {
  const recipe = { ...DEFAULT_RECIPE, format: 'float16' } as const;
  const placements = [{ node: 'conv', op: 'Conv', placement: 'float16', reason: '' }] as const;
  const html = report('half', { ...plain, quantize: { ...plain.quantize, recipe, placements: [...placements], statistics: 'none' } });
  for (const part of ['>float16</th>', 'Float16 model SHA-256', 'Half-precision nodes</td><td class="n"></td><td class="n">1 of 1', 'no images']) {
    expect(html).toContain(part);
  }
  expect(html).not.toContain('INT8');
});
