import { describe, expect, it } from 'vitest';
import type { RunRow } from '../../src-main/contract/projects.ts';
import { DEFAULT_RECIPE } from '../../src-main/contract/recipe.ts';
import { sortRows } from '../../src-renderer/components/grid.ts';
import { drop, RUN_COLUMNS, unknownReason } from '../../src-renderer/views/runs/columns.ts';

const row = (name: string, change: Partial<RunRow>): RunRow => ({
  id: name, projectId: 'p', name, createdAt: '2026-11-20T10:00:00Z', jobId: null, state: 'done', error: null, recipe: DEFAULT_RECIPE, modelName: 'm', datasetName: 'd',
  images: 200, floatTop1: 85, top1: 84, agreement: 97, floatBytes: 4e6, bytes: 1e6, floatLatencyMs: 10, latencyMs: 2, modelSha256: null, worstSqnrDb: 20,
  headline: null, worstClass: null, tags: [], note: '', from: null, checks: [], ...change,
}); // prettier-ignore
const rows = [
  row('good', { top1: 85.5 }),
  row('failed', { state: 'failed', top1: null, floatTop1: null }),
  row('bad', { top1: 12, createdAt: '2026-11-21T10:00:00Z' }),
];
const order = (key: string, descending: boolean): string[] => sortRows(rows, RUN_COLUMNS, { key, descending }).map(({ name }) => name);

describe('the runs table', () => {
  it('sorts by what a column shows; runs without a number stay last in both directions', () => {
    expect(order('top1', true)).toEqual(['good', 'bad', 'failed']);
    expect(order('drop', false)).toEqual(['bad', 'good', 'failed']);
    expect(order('created', true)[0]).toBe('bad');
  });
  it('counts points as quantized minus float', () => {
    expect(rows.map(drop)).toEqual([0.5, null, -73]);
  });
  it('says why a number is missing', () => {
    expect(unknownReason(row('a', { state: 'interrupted' }), 'accuracy')).toBe('The run is interrupted.');
    expect(unknownReason(row('a', {}), 'accuracy')).toBe('The images have no labels.');
  });
});
