import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { openStore } from '../../src-main/store/store.ts';
import { realApp, type RealApp } from '../fixtures/real-app.ts';
import { FINISHED } from './recipe.ts';

/** A data folder with the sample project and one finished run on it, made once for a test file and copied for each test. */
export interface SampleHome {
  folder: string;
  projectId: string;
  runId: string;
  /** A copy, as another computer's backup would be. */
  copy(): string;
  remove(): void;
}

export async function makeSampleHome(): Promise<SampleHome> {
  const parent = mkdtempSync(join(tmpdir(), 'calibrant Störung '));
  const folder = join(parent, 'home');
  const real = await realApp(folder);
  const { id: projectId } = await real.call('projects.openSample', {});
  const { run, job } = await real.call('runs.start', { projectId, recipe: FINISHED });
  expect(await real.ended(job.id)).toMatchObject({ state: 'done', error: null });
  await real.app.close();
  let copies = 0;
  return {
    folder,
    projectId,
    runId: run.id,
    copy: () => {
      const target = join(parent, `copy ${++copies}`);
      cpSync(folder, target, { recursive: true });
      return target;
    },
    remove: () => rmSync(parent, { recursive: true, force: true }),
  };
}

/** The run that was finished before anything went wrong: its results can be read, and its files are what their names say. */
export async function expectWhole(real: RealApp, runId: string): Promise<void> {
  const { row, result } = await real.call('runs.get', { runId });
  expect(row).toMatchObject({ state: 'done', error: null });
  const { bytes } = await real.call('runs.file', { runId, what: 'model' });
  expect(createHash('sha256').update(bytes).digest('hex')).toBe(result?.quantize.outputSha256);
  const tensor = result?.quantize.tensors.find(({ origin }) => origin === 'observed')?.name ?? '';
  expect((await real.call('runs.tensor', { runId, tensor })).count).toBeGreaterThan(0);
}

/** Of a data folder that nobody has open: nothing half-written, and no file that no row names. The sample's model and index, and three files per run that is done: model, statistics, errors by channel. */
export async function expectClean(folder: string, runsDone: number): Promise<void> {
  const store = await openStore(folder);
  try {
    expect(readdirSync(store.home.work)).toEqual([]);
    expect(readdirSync(store.home.incoming)).toEqual([]);
    expect(readdirSync(join(store.home.files, 'tmp'))).toEqual([]);
    const groups = readdirSync(store.home.files).filter((name) => name !== 'tmp');
    const names = groups.flatMap((group) => readdirSync(join(store.home.files, group)));
    expect(names).toHaveLength(2 + 3 * runsDone);
    for (const name of names) {
      expect(
        createHash('sha256')
          .update(readFileSync(store.files.pathOf(name)))
          .digest('hex'),
      ).toBe(name);
    }
  } finally {
    store.close();
  }
}
