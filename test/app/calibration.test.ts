import { readdirSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { DEFAULT_RECIPE } from '../../src-main/contract/recipe.ts';
import { realApp } from '../fixtures/real-app.ts';

it('looks at the calibration images in a job, keeps what it saw, and says when that is out of date', async () => {
  const home = join(await mkdtemp(join(tmpdir(), 'calibrant doctor ä-')), 'home');
  const { app, call, ended } = await realApp(home);
  onTestFinished(() => app.close());
  const { id: projectId, dataset } = await call('projects.openSample', {});
  const datasetId = dataset?.id ?? '';
  const recipe = { ...DEFAULT_RECIPE, samples: 10 };
  const get = () => call('calibration.get', { projectId });
  expect(await get()).toBeNull();

  const job = await call('calibration.start', { projectId, recipe, accuracy: false });
  expect(job).toMatchObject({ kind: 'doctor', runId: null, title: expect.stringContaining('10 calibration images') as string });
  expect(await ended(job.id)).toMatchObject({ state: 'done', error: null });
  expect(readdirSync(join(home, 'work'))).toEqual([]);
  // The project's recipe calibrates with 100 images, and the look was at 10.
  expect(await get()).toMatchObject({ stale: true, result: { images: 10, total: 400 } });
  await call('recipes.save', { projectId, recipe });
  expect(await get()).toMatchObject({ stale: false });
  await call('recipes.save', { projectId, recipe: { ...recipe, weights: 'uint8' } });
  expect(await get()).toMatchObject({ stale: false });
  await call('recipes.save', { projectId, recipe: { ...recipe, seed: 7 } });
  expect(await get()).toMatchObject({ stale: true });
  await call('recipes.save', { projectId, recipe });

  if (!dataset) throw new Error('the sample has data');
  await call('datasets.savePreprocess', { datasetId, preprocess: { ...dataset.preprocess, color: 'BGR' } });
  expect(await get()).toMatchObject({ stale: true });
  await call('datasets.savePreprocess', { datasetId, preprocess: dataset.preprocess });
  expect(await get()).toMatchObject({ stale: false });
  await call('datasets.add', { projectId, path: dataset.path });
  expect(await get()).toMatchObject({ stale: true });

  // One that fails leaves neither files nor a result behind.
  const failing = await call('calibration.start', { projectId, recipe: { ...recipe, format: 'dynamic' } });
  expect(await ended(failing.id)).toMatchObject({ state: 'failed', error: { code: 'recipe-invalid' } });
  expect(readdirSync(join(home, 'work'))).toEqual([]);
  expect(await get()).toMatchObject({ result: { images: 10 } });
});

it('needs a model and data', async () => {
  const home = join(await mkdtemp(join(tmpdir(), 'calibrant doctor ä-')), 'home');
  const { app, call } = await realApp(home);
  onTestFinished(() => app.close());
  const { id: projectId } = await call('projects.create', { name: 'Empty' });
  await expect(call('calibration.start', { projectId, recipe: DEFAULT_RECIPE })).rejects.toMatchObject({ code: 'not-found', message: expect.stringContaining('no model') as string }); // prettier-ignore
});
