import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { DEFAULT_RECIPE } from '../../src-main/contract/recipe.ts';
import { hasShared, shared } from '../fixtures/shared.ts';
import { realApp } from '../fixtures/real-app.ts';

const IMAGES = 48;

/** Every sixth of the 300 images, with their labels: enough to see a collapse. */
function someImages(folder: string): void {
  const [header = '', ...lines] = readFileSync(shared('data/imagenet300/labels.csv'), 'utf8').trim().split('\n');
  const kept = lines.filter((_, i) => i % 6 === 0).slice(0, IMAGES);
  for (const line of kept) {
    const file = line.split(',')[header.split(',').indexOf('file')] as string;
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    copyFileSync(shared('data/imagenet300', file), join(folder, file));
  }
  copyFileSync(shared('preprocess/imagenet-tf2-224.json'), join(folder, 'preprocess.json'));
  writeFileSync(join(folder, 'labels.csv'), [header, ...kept, ''].join('\n'));
}

it.skipIf(!hasShared)(
  'MobileNetV2 collapses per tensor: the first advice names the depthwise layers, and its recipe brings it back',
  { timeout: 120_000 },
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'calibrant-advice-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const images = join(folder, 'images');
    mkdirSync(images);
    someImages(images);
    const { app, call, ended } = await realApp(join(folder, 'home'));
    onTestFinished(() => app.close());

    const { id: projectId } = await call('projects.create', { name: 'collapse' });
    await call('models.add', { projectId, path: shared('models/imagenet/mobilenetv2-1.0-tf2-dequant-fp32.onnx') });
    await call('datasets.add', { projectId, path: images });
    const run = await call('runs.start', { projectId, recipe: { ...DEFAULT_RECIPE, granularity: 'per-tensor', samples: 16 } });
    expect((await ended(run.job.id)).state).toBe('done');
    const { row, advice = [] } = await call('runs.get', { runId: run.run.id });
    expect(row.top1).toBeLessThan(20);
    const [first] = advice;
    expect(first).toMatchObject({ id: 'granularity', gain: 'large', recipe: { granularity: 'per-channel' }, effect: null });
    expect(first?.title).toContain('depthwise layers have range ratios above 100');
    expect(first?.nodes.length).toBeGreaterThan(0);

    if (!first?.recipe) throw new Error('no recipe');
    const mended = await call('runs.start', { projectId, recipe: first.recipe, from: { runId: run.run.id, adviceId: first.id } });
    expect((await ended(mended.job.id)).state).toBe('done');
    const after = await call('runs.get', { runId: run.run.id });
    expect(after.advice?.[0]?.effect).toMatchObject({ runId: mended.run.id, state: 'done', images: IMAGES - 16 });
    expect(after.advice?.[0]?.effect?.delta).toBeGreaterThan(50);
  },
);
