import { describe, expect, it } from 'vitest';
import { judgeGate } from '../../src-main/app/gate.ts';
import { judgeRun } from '../../src-main/app/verdict.ts';
import { DEFAULT_RECIPE } from '../../src-main/contract/recipe.ts';
import type { EvaluateResult, Evaluation } from '../../src-main/contract/results.ts';

function evaluation(of: Partial<Evaluation> = {}): Evaluation {
  return {
    model: { file: 'm.onnx', sha256: 'a'.repeat(64), bytes: 1000 },
    images: 200,
    skipped: [],
    labelled: true,
    top1: 85,
    top5: 97,
    chance: 0.1,
    perClass: [],
    latencyMs: { median: 3, p95: 4 },
    imagesPerSecond: 300,
    ...of,
  };
}

function result(of: Partial<EvaluateResult> = {}): EvaluateResult {
  const provenance = {
    calibrant: '0', onnxruntime: '0', node: '0', platform: 'linux', cpu: 'x', cpuFlags: [], threads: 2,
    modelSha256: 'a'.repeat(64), dataSha256: 'b'.repeat(64), preprocess: {}, seed: 0,
  }; // prettier-ignore
  return { ...evaluation(), warnings: [], provenance, ...of };
}

describe('the gate', () => {
  it('calls a good accuracy plausible and says of how many images', () => {
    const gate = judgeGate(result());
    expect(gate.state).toBe('plausible');
    expect(gate.message).toContain('85.0 % of 200 images');
    expect(gate.causes).toEqual([]);
  });

  it('suspects an accuracy near chance and lists causes, channel order first', () => {
    const gate = judgeGate(result({ top1: 14, chance: 10, images: 100 }));
    expect(gate.state).toBe('suspicious');
    expect(gate.causes[0]).toContain('Channel order');
  });

  it('does not invent an accuracy without labels', () => {
    expect(judgeGate(result({ labelled: false, top1: null, top5: null, chance: null })).state).toBe('unlabelled');
  });
});

describe('the verdict on a run', () => {
  it.each([
    [85, 84.5, 'ok', '0.5 points below float (1 of 200 images)'],
    [85, 83, 'warning', '2.0 points below float (4 of 200 images)'],
    [87, 6.5, 'bad', '80.5 points below float (161 of 200 images)'],
    [85, 85.5, 'ok', '0.5 points above float (1 of 200 images)'],
    [85, 85, 'ok', 'the same as float'],
  ])('float %d %%, INT8 %d %%: %s', (float, top1, level, words) => {
    const verdict = judgeRun(result({ top1, against: evaluation({ top1: float }) }), DEFAULT_RECIPE);
    expect(verdict.level).toBe(level);
    expect(verdict.message).toContain(words);
  });

  it('says what the model has become, at the start of the sentence and within it', () => {
    const recipe = { ...DEFAULT_RECIPE, format: 'weight-only', weights: 'int4' } as const;
    expect(judgeRun(result({ against: evaluation() }), recipe).message).toMatch(/^Weight-only INT4 top-1 is 85\.0 %/);
    expect(judgeRun(result({ top1: null, agreement: 95 }), recipe).message).toContain(': weight-only INT4 gives');
  });

  it('does not condemn one image of a small set', () => {
    expect(judgeRun(result({ images: 20, top1: 90, against: evaluation({ images: 20, top1: 95 }) }), DEFAULT_RECIPE).level).toBe('ok');
  });

  it('falls back to agreement without labels', () => {
    const verdict = judgeRun(result({ top1: null, agreement: 95, against: evaluation({ top1: null }) }), DEFAULT_RECIPE);
    expect(verdict).toEqual({ level: 'warning', message: expect.stringContaining('95.0 % of 200 images') });
  });

  it('calls the unknown unknown', () => {
    expect(judgeRun(result({ top1: null }), DEFAULT_RECIPE).level).toBe('unknown');
  });
});
