import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Preprocess } from '../../src-main/contract/preprocess.ts';
import { runJob, SAMPLE } from './harness.ts';

/** The sample is trained on RGB in about −2…2. */
const RIGHT = { resize: { width: 64, height: 64, filter: 'bilinear' as const }, color: 'RGB' as const, layout: 'NCHW' as const, labelOffset: 0, type: 'float32' as const }; // prettier-ignore
const TRAINED = { scale: 1 / 255, mean: [0.43, 0.41, 0.4], std: [0.22, 0.19, 0.2] };
const WRONG: Preprocess = { ...RIGHT, color: 'BGR', scale: 1, mean: [0], std: [1] };

const gate = (preprocess: Preprocess, stated: number | null, path = SAMPLE.data) =>
  runJob({ kind: 'evaluate', model: SAMPLE.model, data: { path, seed: 0, preprocess }, skipSamples: 0, samples: 60, gate: { stated } });

describe('the gate tries other preprocessings', () => {
  it('and finds the right one of two mistakes first, with counts and the given one beside it', async () => {
    const { result, messages } = await gate(WRONG, 99);
    const [best, ...others] = result.trials ?? [];
    expect(best?.preprocess).toMatchObject({ color: 'RGB', scale: 1 / 255, mean: [0.485, 0.456, 0.406] });
    expect(best?.top1).toBeGreaterThan(95);
    expect(best?.images).toBe(50);
    const given = others.find(({ change }) => change === 'as given');
    expect(given?.top1).toBeLessThan(60);
    expect(others.every(({ top1 }, i) => top1 <= (others[i - 1]?.top1 ?? 100))).toBe(true);
    expect(messages.some((message) => message.type === 'progress' && message.progress.stage === 'trials')).toBe(true);
  });

  it('shifts labels without an inference of their own', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'calibrant-trials-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const classes = readdirSync(SAMPLE.data).filter((name) => !name.includes('.')).sort(); // prettier-ignore
    // Counted from 1, as with a background class that the model does not have; the last class would be out of range.
    const rows = classes.slice(0, -1).flatMap((name, label) =>
      [0, 1, 2].map((i) => {
        cpSync(join(SAMPLE.data, name, `000${i}.jpg`), join(folder, `${name}-${i}.jpg`));
        return `${name}-${i}.jpg,${label + 1}`;
      }),
    );
    writeFileSync(join(folder, 'labels.csv'), ['file,class_index', ...rows].join('\n'));
    const { result } = await gate({ ...RIGHT, ...TRAINED }, null, folder);
    expect(result.top1).toBeLessThan(10);
    // Another normalisation may be right on one image more, by luck; the shift is what all the best have in common.
    expect(result.trials?.[0]).toMatchObject({ preprocess: { labelOffset: -1, color: 'RGB' }, images: rows.length });
    expect(result.trials?.find(({ change }) => change === 'labelOffset -1 instead of 0')?.top1).toBeGreaterThan(75);
  });

  it('and nothing where the given one does not look wrong', async () => {
    const { result } = await gate({ ...RIGHT, ...TRAINED }, 95);
    expect(result.top1).toBeGreaterThan(90);
    expect(result.trials).toBeNull();
  });
});
