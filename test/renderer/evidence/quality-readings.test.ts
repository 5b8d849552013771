import { describe, expect, it } from 'vitest';
import type { EvaluateResult, Evaluation } from '../../../src-main/contract/results.ts';
import { senseOf } from '../../../src-renderer/components/delta.ts';
import { furtherReadings, qualityReadings } from '../../../src-renderer/views/evidence/quality-readings.ts';
import { runResult } from '../fixtures/run-data.ts';

/** Typographic characters written plainly, so that the expectations can be read. */
const plain = (text: string): string => text.replaceAll('\u00a0', ' ').replaceAll('\u2212', '-');
const labelled = runResult([]).evaluate;
const float = labelled.against as Evaluation;
const nothing = { labelled: false, top1: null, top5: null, chance: null, perClass: [] };
const unlabelled: EvaluateResult = { ...labelled, ...nothing, images: 24, against: { ...float, ...nothing }, agreement: 83.33, delta: undefined };

function told(evaluate: EvaluateResult): { large: string[]; further: string[] } {
  const large = qualityReadings(evaluate, 'INT8');
  return {
    large: large.map(({ title, value, of }) => plain(`${title}: ${value} ${of}`)),
    further: furtherReadings(evaluate, large).map(({ title, text }) => plain(`${title}: ${text}`)),
  };
}

describe('the two large numbers', () => {
  it('are those of the task, and how near the outputs are stands below', () => {
    const { large, further } = told(labelled);
    expect(large).toEqual([expect.stringContaining('INT8 top-1: '), expect.stringContaining('INT8 top-5: ')]);
    expect(further).toEqual(['Agreement with float: 96.7 % of 300', 'Output SQNR: 24.1 dB']);
  });

  it('are agreement and SQNR without labels, and are not said twice', () => {
    const { large, further } = told(unlabelled);
    expect(large).toEqual(['Agreement with float: 83.3 % of 24 images', 'Output SQNR: 24.1 dB over 24 images, against float']);
    expect(further).toEqual([]);
    expect(qualityReadings(unlabelled, 'INT8').map((one) => one.float)).toEqual([null, null]);
  });

  it('are SQNR and cosine where the outputs are no answers either', () => {
    const { large, further } = told({ ...unlabelled, agreement: null });
    expect(large).toEqual(['Output SQNR: 24.1 dB over 24 samples, against float', 'Output cosine: 0.99810 over 24 samples, against float']);
    expect(further).toEqual([]);
  });

  it('say why there is no SQNR', () => {
    const same = qualityReadings({ ...unlabelled, outputError: { sqnrDb: null, cosine: 1, mse: 0 } }, 'INT8')[1];
    expect(same).toMatchObject({ value: '–', reason: expect.stringContaining('the same') });
  });
});

describe('a bias', () => {
  const regression = (bias: number) => ({ target: 'input', mse: 9.8, bias, maxAbs: 1 }) as const;
  it.each([
    [-0.0692, 0.00697, '+0.0762', 'up', 'better'],
    [0.0692, 0.00697, '-0.0622', 'down', 'better'],
    [-0.01, 0.1, '+0.110', 'up', 'worse'],
    [0.01, -0.1, '-0.110', 'down', 'worse'],
    [0.01, 0.1, '+0.0900', 'up', 'worse'],
    [0.01, 0.01, '±0', 'none', 'same'],
  ] as const)('of %d that becomes %d is told as %s: an arrow %s, %s', (before, now, text, sign, meaning) => {
    const [, bias] = qualityReadings({ ...unlabelled, regression: regression(now), against: { ...float, regression: regression(before) } }, 'INT8');
    const { delta, better } = bias;
    expect(plain(delta?.text ?? '')).toBe(text);
    expect(delta && senseOf(delta.text, delta.value, better)).toEqual({ sign, meaning });
  });
});
