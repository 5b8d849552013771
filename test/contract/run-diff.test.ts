import { expect, test } from 'vitest';
import type { RunRow } from '../../src-main/contract/projects.ts';
import { DEFAULT_RECIPE } from '../../src-main/contract/recipe.ts';
import type { Placement, RunResult } from '../../src-main/contract/results.ts';
import { classPairs, numberPairs, placementPairs, recipeFields } from '../../src-main/contract/run-diff.ts';
import { evaluateResult, runResult } from '../fixtures/records.ts';

test('recipes differ field by field, overrides tensor by tensor', () => {
  const other = { ...DEFAULT_RECIPE, range: 'minmax', exclude: ['a', 'b'], overrides: { t: { type: 'int16', symmetric: true } } } as const;
  const fields = recipeFields({ ...DEFAULT_RECIPE, overrides: { t: { symmetric: true }, s: { min: -1, max: 1 } } }, { ...other, exclude: [...other.exclude] });
  expect(fields.filter(({ differs }) => differs).map(({ field, a, b }) => [field, a, b])).toEqual([
    ['range', 'mse', 'minmax'],
    ['exclude', 'none', 'a, b'],
    ['overrides[s].min', '-1', 'none'],
    ['overrides[s].max', '1', 'none'],
    ['overrides[t].type', 'none', 'int16'],
  ]);
  expect(fields.find(({ field }) => field === 'overrides[t].symmetric')).toMatchObject({ a: 'yes', b: 'yes', differs: false });
  expect(recipeFields(DEFAULT_RECIPE, DEFAULT_RECIPE).some(({ differs }) => differs)).toBe(false);
});

const scores = (cat: number, dog: number) => [
  { class: 4, name: 'dog', images: 10, top1: dog },
  { class: 2, name: 'cat', images: 20, top1: cat },
];
const result = (cat: number, dog: number, placements: Placement[]): RunResult => ({
  ...runResult,
  quantize: { ...runResult.quantize, placements },
  evaluate: { ...evaluateResult, perClass: scores(cat, dog), against: { ...evaluateResult, perClass: scores(90, 80) } },
});
const place = (node: string, placement: Placement['placement']): Placement => ({ node, op: 'Conv', placement, reason: placement });

test('classes and placements that differ', () => {
  const a = result(85, 80, [place('first', 'integer'), place('second', 'integer'), place('gone', 'float')]);
  const b = result(80, 75, [place('first', 'integer'), place('second', 'float'), place('new', 'integer')]);
  expect(classPairs(a, b)).toEqual([
    { class: 2, name: 'cat', count: 20, float: 90, a: 85, b: 80 },
    { class: 4, name: 'dog', count: 10, float: 80, a: 80, b: 75 },
  ]);
  expect(placementPairs(a, b).map(({ node, a: left, b: right }) => [node, left?.placement, right?.placement])).toEqual([
    ['second', 'integer', 'float'],
    ['gone', 'float', undefined],
    ['new', undefined, 'integer'],
  ]);
});

test('numbers of different metrics are not compared', () => {
  const headline = { metric: 'top-1', unit: '%', higher: true, value: 84, float: 85 } as const;
  const row = { headline, agreement: 97, bytes: 100, latencyMs: 2, worstSqnrDb: 20, images: 200 } as RunRow;
  const first = (b: RunRow) => numberPairs(row, b)[0];
  expect(first({ ...row, headline: { ...headline, value: 80 } })).toEqual({ number: 'headline', a: 84, b: 80, better: 'up' });
  expect(first({ ...row, headline: { ...headline, metric: 'mAP' } })).toMatchObject({ a: null, b: null });
  expect(numberPairs(row, row, { a: runResult, b: null })).toContainEqual({ number: 'integerNodes', a: 1, b: null, better: null });
});
