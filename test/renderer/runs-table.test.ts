import { describe, expect, it } from 'vitest';
import type { CriterionCheck } from '../../src-main/contract/criteria.ts';
import type { RunRow } from '../../src-main/contract/projects.ts';
import { DEFAULT_RECIPE } from '../../src-main/contract/recipe.ts';
import type { Headline } from '../../src-main/contract/scores.ts';
import { paretoOf } from '../../src-renderer/charts/pareto.ts';
import { sortRows } from '../../src-renderer/components/grid.ts';
import { checksText, commonMetric, runColumns, unknownReason } from '../../src-renderer/views/runs/columns.ts';
import { criteriaFields, readCriteria } from '../../src-renderer/views/runs/criteria-text.ts';
import { runFilter } from '../../src-renderer/views/runs/filter.ts';
import { changeOf, changeText, sizeRatio, speedup } from '../../src-renderer/views/runs/numbers.ts';
import { splitTags, tagsOf } from '../../src-renderer/views/runs/tags.ts';

const top1 = (value: number, float: number | null = 85): Headline => ({ metric: 'top-1', unit: '%', higher: true, value, float });
const row = (name: string, change: Partial<RunRow>): RunRow => ({
  id: name, projectId: 'p', name, createdAt: '2026-11-20T10:00:00Z', jobId: null, state: 'done', error: null, recipe: DEFAULT_RECIPE, modelName: 'm', datasetName: 'd',
  images: 200, floatTop1: 85, top1: 84, agreement: 97, floatBytes: 4e6, bytes: 1e6, floatLatencyMs: 10, latencyMs: 2, modelSha256: null, worstSqnrDb: 20,
  headline: top1(84), worstClass: null, tags: [], note: '', from: null, checks: [], ...change,
}); // prettier-ignore
const check = (met: boolean | null): CriterionCheck => ({ criterion: 'maxDrop', met, limit: 1, value: 0, message: '' });

const good = row('good', { headline: top1(85.5), tags: ['Release', 'camera'], note: 'for the fair', checks: [check(true)] });
const failed = row('broken', { state: 'failed', headline: null, bytes: null, latencyMs: null });
const bad = row('bad', {
  headline: top1(12),
  createdAt: '2026-11-21T10:00:00Z',
  tags: ['camera'],
  bytes: 5e5,
  latencyMs: 4,
  checks: [check(false), check(true)],
});
const rows = [good, failed, bad];
const error = row('auto-encoder', { headline: { metric: 'MSE', unit: '', higher: false, value: 0.3, float: 0.2 } });

describe('the runs table', () => {
  const order = (key: string, descending: boolean, against: RunRow | null = null): string[] =>
    sortRows(rows, runColumns('top-1', against), { key, descending }).map(({ name }) => name);

  it('sorts by what a column shows; runs without a number stay last in both directions', () => {
    expect(order('metric', true)).toEqual(['good', 'bad', 'broken']);
    expect(order('change', false)).toEqual(['bad', 'good', 'broken']);
    expect(order('created', true)[0]).toBe('bad');
    expect(order('checks', true)).toEqual(['good', 'bad', 'broken']);
  });
  it('says why a number is missing', () => {
    expect(unknownReason(row('a', { state: 'interrupted' }), 'accuracy')).toBe('The run is interrupted.');
    expect(unknownReason(row('a', { headline: null }), 'accuracy')).toBe('The images have no labels.');
    const bytes = runColumns('top-1', null).find(({ key }) => key === 'bytes');
    expect(bytes?.tip?.(failed)).toBe('The run is failed.');
  });
  it('is titled by the metric of the newest run that has one', () => {
    expect(commonMetric([failed, error, good])).toBe('MSE');
    expect(runColumns('mAP', null).find(({ key }) => key === 'metric')?.title).toBe('mAP');
  });
  it('counts criteria in words', () => {
    expect([good, bad, failed, row('u', { checks: [check(true), check(null)] })].map(checksText)).toEqual([
      'meets all 1',
      'misses 1 of 2',
      '–',
      'meets 1 of 2',
    ]);
  });
});

describe('changes', () => {
  it('are points against float, or against the baseline', () => {
    expect(rows.map((one) => changeOf(one, null))).toEqual([0.5, null, -73]);
    expect(rows.map((one) => changeOf(one, bad))).toEqual([73.5, null, 0]);
    expect([sizeRatio(bad, null), sizeRatio(bad, good), speedup(bad, null), speedup(bad, good)]).toEqual([8, 2, 2.5, 0.5]);
  });
  it('of an error are percent, of another metric unknown', () => {
    expect(changeOf(error, null)).toBeCloseTo(50, 9);
    expect(changeText(error.headline, changeOf(error, null))).toBe('+50.0\u00a0%');
    expect(changeOf(error, good)).toBeNull();
  });
});

describe('the filter', () => {
  const named = (text: string): string[] => rows.filter(runFilter(text)).map(({ name }) => name);
  it.each([
    ['', ['good', 'broken', 'bad']],
    ['  FAIR ', ['good']],
    ['camera bad', ['bad']],
    ['tag:rel', ['good']],
    ['tag:fair', []],
    ['failed', ['broken']],
    ['least squared', ['good', 'broken', 'bad']],
    ['top-1>80', ['good']],
    ['top-1>=12 top-1<80', ['bad']],
    ['map>0', []],
    ['drop<=1', ['good']],
    ['size<0.6MB', ['bad']],
    ['size>600kb', ['good']],
    ['latency<3ms', ['good']],
    ['speed-up>=5', ['good']],
    ['meets', ['good']],
    ['misses', ['bad']],
    ['a<b', []],
  ])('%j finds %j', (text, expected) => expect(named(text)).toEqual(expected));
});

describe('tags and criteria as they are typed', () => {
  it('splits at commas, each once, and offers the most used first', () => {
    expect(splitTags(' a b, c ,,a b')).toEqual(['a b', 'c']);
    expect(tagsOf(rows)).toEqual(['camera', 'Release']);
  });
  it('reads sizes in MB and an empty field as not asked for, and says what is no number', () => {
    const criteria = { maxDrop: 1.5, maxClassDrop: null, minSpeedup: null, maxBytes: 1_100_000 };
    expect(criteriaFields(criteria)).toEqual({ maxDrop: '1.5', maxClassDrop: '', minSpeedup: '', maxBytes: '1.1' });
    expect(readCriteria({ maxDrop: '1,5', maxClassDrop: ' ', minSpeedup: '', maxBytes: '1.1' })).toEqual({ criteria, issues: {} });
    expect(readCriteria({ maxDrop: '-1', maxClassDrop: 'x', minSpeedup: '2', maxBytes: '' })).toMatchObject({
      criteria: null,
      issues: { maxDrop: expect.any(String) as string, maxClassDrop: expect.any(String) as string },
    });
  });
});

describe('accuracy against cost', () => {
  it('joins the runs that none beats in both, and places the float model', () => {
    const cheap = row('cheap', { bytes: 1e5, headline: top1(50) });
    const twin = row('twin', { bytes: 1e6, headline: top1(85.5) });
    const { points, frontier, float } = paretoOf([...rows, cheap, twin], 'size');
    expect(points).toHaveLength(4);
    // By hand: 0.1 MB 50 %, 0.5 MB 12 % (beaten), 1 MB 85.5 % (twice, the first counts).
    expect(frontier.map(({ name }) => name)).toEqual(['cheap', 'good']);
    expect(float).toEqual({ cost: 4e6, quality: 85 });
  });
  it('of an error less is better, and other metrics are left out', () => {
    const newer = { createdAt: '2026-12-01T00:00:00Z' };
    const worse = { ...error, ...newer, id: 'w', name: 'worse', latencyMs: 3, headline: { ...(error.headline as Headline), value: 0.4 } };
    const { points, frontier } = paretoOf([good, { ...error, ...newer }, worse], 'latency');
    expect(points.map(({ name }) => name)).toEqual(['auto-encoder', 'worse']);
    expect(frontier.map(({ name }) => name)).toEqual(['auto-encoder']);
  });
});
