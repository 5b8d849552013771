import { describe, expect, it } from 'vitest';
import { DEFAULT_RECIPE } from '../../../src-main/contract/recipe.ts';
import type { RunResult } from '../../../src-main/contract/results.ts';
import { chartsOf, tablesOf } from '../../../src-main/core/report/document.ts';
import { csvFiles } from '../../../src-main/core/report/files.ts';
import { runReport } from '../../../src-main/core/report/run-report.ts';
import { bars } from '../../../src-main/core/report/svg/bars.ts';
import { runResult } from '../../fixtures/records.ts';
import { rowOf } from '../../renderer/fixtures/run-data.ts';

const result: RunResult = {
  ...runResult,
  evaluate: {
    ...runResult.evaluate,
    perClass: [{ class: 0, name: 'cat, "tabby"', images: 3, top1: 100 / 3 }],
    against: { ...(runResult.evaluate.against as NonNullable<RunResult['evaluate']['against']>), perClass: [{ class: 0, name: 'cat', images: 3, top1: 100 }] },
  },
  diagnose: {
    ...runResult.diagnose,
    sensitivity: [{ node: '<conv>', op: 'Conv', index: 0, estimateDb: 12.25, measured: { outputSqnrDb: 11.5, changed: 25, images: 16 } }],
  },
};
const report = runReport(
  { row: rowOf(result, { id: 'r', projectId: 'p', name: 'run', createdAt: '2026-01-01T00:00:00.000Z' }), result, verdict: null },
  result,
);

describe('the report as a document', () => {
  it('has every table and chart under a name of its own', () => {
    for (const ids of [tablesOf(report).map(({ id }) => id), chartsOf(report).map(({ id }) => id)]) expect(new Set(ids).size).toBe(ids.length);
    expect(tablesOf(report).map(({ id }) => id)).toEqual(expect.arrayContaining(['summary', 'classes', 'tensors', 'sensitivity']));
    expect(chartsOf(report).map(({ id }) => id)).toEqual(expect.arrayContaining(['classes', 'sensitivity', 'sqnr']));
  });

  it('writes tables in full precision, with quotes where CSV needs them', () => {
    const classes = csvFiles(report).find(({ name }) => name === 'classes.csv')?.text ?? '';
    expect(classes.split('\r\n')[1]).toBe('"cat, ""tabby""",3,100,33.333333333333336,-66.66666666666666');
  });

  it('draws pictures that refer to nothing and cannot be broken by names', () => {
    for (const { svg } of chartsOf(report)) {
      expect(svg).not.toContain('<conv>');
      expect(svg.replace('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:|href|url\(/);
      expect(svg).not.toContain('NaN');
    }
  });

  it('draws a bar as long as its value', () => {
    const svg = bars([{ label: 'a', values: [50] }, { label: 'b', values: [100] }], [{ name: 's', ink: 'float' }], '%', ''); // prettier-ignore
    const lengths = [...svg.matchAll(/<rect [^>]*width="([\d.]+)" height="8"/g)].map((found) => Number(found[1]));
    expect(lengths).toEqual([246, 492]);
  });

  it('leaves out what a format has not', () => {
    const half = { ...result, quantize: { ...result.quantize, recipe: { ...DEFAULT_RECIPE, format: 'float16' as const }, tensors: [] } };
    const ids = tablesOf(runReport({ row: rowOf(half, { id: 'r', projectId: 'p', name: 'run', createdAt: '' }), result: half, verdict: null }, half)).map(({ id }) => id); // prettier-ignore
    expect(ids).not.toContain('weights');
    expect(ids).not.toContain('parameters');
  });
});
