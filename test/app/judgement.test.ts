import { describe, expect, it } from 'vitest';
import { judgeGate } from '../../src-main/app/gate.ts';
import { chanceOfLuck, judgeRun } from '../../src-main/app/verdict.ts';
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

  const trial = (change: string, top1: number) => ({ change, preprocess: {}, top1, images: 50 });

  it('names what fits better first, and nothing else then', () => {
    const trials = [trial('BGR instead of RGB', 84), trial('BGR instead of RGB, and pixels in 0…255', 84), trial('as given', 12)];
    const gate = judgeGate(result({ top1: 11, chance: 10, images: 300, trials }));
    expect(gate.causes).toEqual(['BGR instead of RGB gives 84.0 % of 50 images (as given: 12.0 %).']);
  });

  it('says when nothing that was tried is better, and keeps the list of causes', () => {
    const gate = judgeGate(result({ top1: 11, chance: 10, images: 300, trials: [trial('pixels in 0…1', 14), trial('as given', 12)] }));
    expect(gate.causes[0]).toMatch(/^None of the other preprocessings \(1\) .* 50 images/);
    expect(gate.causes[1]).toContain('Channel order');
  });

  it.each([
    [65, 300, 'suspicious', '20.0 points below the 85.0 % that it should have (of 300 images, luck moves it by ±4.1 points)'],
    [76, 20, 'plausible', '9.0 points below the 85.0 % that it should have (of 20 images, luck moves it by ±16.0 points)'],
    [85, 300, 'plausible', 'just the 85.0 %'],
    [88, 300, 'plausible', '3.0 points above the 85.0 %'],
  ])('compares %d %% of %d images with the stated 85 %%: %s', (top1, images, state, words) => {
    // ±2·100·√(0.85·0.15/n): 4.12 for 300 images, 15.97 for 20.
    const gate = judgeGate(result({ top1, images, trials: null }), 85);
    expect(gate.state).toBe(state);
    expect(gate.message).toContain(words);
  });

  it.each([
    [30.2, null, 'plausible', 'only the accuracy that it should have tells'],
    [30.2, 31, 'plausible', '0.8 points below the 31.0 %'],
    [20, 31, 'suspicious', '11.0 points below the 31.0 %'],
    [0.2, null, 'suspicious', 'next to nothing is right'],
  ])('of other tasks it says what can be said: mAP %d, stated %s', (value, stated, state, words) => {
    const headline = { metric: 'mAP', unit: '%', higher: true, value, float: null } as const;
    const gate = judgeGate(result({ top1: null, chance: null, task: 'detection', headline }), stated);
    expect(gate.state).toBe(state);
    expect(gate.message).toContain(words);
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

  const damage = (lost: number, gained: number) => ({ of: 100, lost, gained, changed: 0, images: [] });

  it.each([
    [6, 2, 'unknown', '6 lost and 2 gained (exact McNemar test, p = 0.29)'],
    [14, 2, 'bad', '12.0 points below float (12 of 100 images).'],
  ])('calls %d lost and %d gained images what they are: %s', (lost, gained, level, words) => {
    const images = 100;
    const verdict = judgeRun(
      result({ images, top1: 80 - lost + gained, against: evaluation({ images, top1: 80 }), damage: damage(lost, gained) }),
      DEFAULT_RECIPE,
    );
    expect(verdict.level).toBe(level);
    expect(verdict.message).toContain(words);
  });

  // Closed forms: 2·(C(8,0) + C(8,1) + C(8,2))/2⁸ = 74/256; 2/2⁵; an even split is always 1.
  it.each([
    [6, 2, 74 / 256],
    [0, 5, 2 / 32],
    [7, 7, 1],
    [0, 0, 1],
  ])('of %d lost and %d gained, luck explains %d', (lost, gained, chance) => expect(chanceOfLuck(lost, gained)).toBeCloseTo(chance, 12));

  it('tells luck of thousands of images without running over', () => {
    expect(chanceOfLuck(1500, 1500)).toBe(1);
    expect(chanceOfLuck(1700, 1300)).toBeLessThan(1e-6);
  });

  const points = { unit: '%', higher: true } as const;
  const none = { ap50: null, ap75: null, recall: null };
  const detection = {
    ...none, ap: 30, images: 64, objects: 512, bySize: { small: null, medium: null, large: null }, perClass: [],
    localisation: { found: 0, iou: null, offset: null },
  }; // prettier-ignore
  const segmentation = { images: 1, pixels: 1000, miou: 62, accuracy: 80, perClass: [] };

  it.each([
    ['mAP', { ...points, metric: 'mAP', value: 30, float: 33 }, { detection }, 'warning', 'INT8 mAP is 30.0 % on 512 objects in 64 images, 3.0 points below float (33.0 %).'],
    ['mIoU', { ...points, metric: 'mIoU', value: 62, float: 62.02 }, { segmentation: { ...segmentation, images: 35, pixels: 8149151 } }, 'ok', 'INT8 mIoU is 62.0 % on 8\u202f149\u202f151 pixels of 35 images, the same as float (62.0 %).'],
    ['mIoU', { ...points, metric: 'mIoU', value: 62, float: 62.02 }, { segmentation }, 'ok', 'INT8 mIoU is 62.0 % on 1000 pixels of 1 image, the same as float (62.0 %).'],
    ['an error', { metric: 'MSE', unit: '', higher: false, value: 0.15, float: 0.1 }, {}, 'bad', 'INT8 error (MSE) is 0.15 over 200 samples, 50 % above float (0.1).'],
    ['a number alone', { ...points, metric: 'mAP', value: 30, float: null }, { detection }, 'unknown', 'no float model beside'],
  ] as const)('judges %s', (_, headline, rest, level, words) => {
    const verdict = judgeRun(result({ top1: null, headline, ...rest }), DEFAULT_RECIPE);
    expect(verdict.level).toBe(level);
    expect(verdict.message).toContain(words);
  }); // prettier-ignore

  it('calls the unknown unknown', () => {
    expect(judgeRun(result({ top1: null }), DEFAULT_RECIPE).level).toBe('unknown');
  });
});
