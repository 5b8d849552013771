import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, readFileSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openStore } from '../../src-main/store/store.ts';
import { random } from '../fixtures/random.ts';
import { temporaryFolder } from '../store/home-folder.ts';
import { seed } from '../store/seeded.ts';

const reader = join(import.meta.dirname, '..', 'store', 'children', 'open-mutated.ts');

interface Outcome {
  code?: string;
  message?: string;
  projects?: number;
  runs?: number;
  wrong?: number;
  damaged?: string[];
}

/** In processes of their own, since a crash of SQLite would be one of the process. */
function openAll(folders: string[]): Outcome[] {
  const lines = execFileSync(process.execPath, [reader, ...folders], { encoding: 'utf8' })
    .trim()
    .split('\n');
  return lines.map((line) => JSON.parse(line) as Outcome);
}

async function home(runs: number): Promise<string> {
  const folder = join(temporaryFolder(), 'home');
  const store = await openStore(folder);
  const { start, finish } = await seed(store);
  for (let i = 0; i < runs; i++) await finish(start(`run ${i}`));
  store.close();
  truncateSync(store.home.reserve, 0);
  return folder;
}

test('60 mutations of the database: a coded error or readable data, never a crash', { timeout: 120_000 }, async () => {
  const original = await home(12);
  const bytes = readFileSync(join(original, 'calibrant.db'));
  const next = random(1);
  const folders = Array.from({ length: 60 }, (_, i) => {
    const folder = `${original} ${i}`;
    cpSync(original, folder, { recursive: true });
    // Empty blocks, or the copies would spend their time writing 60 times 16 MB.
    truncateSync(join(folder, 'reserve'), 16 << 20);
    const mutated = Buffer.from(bytes);
    // A third each: one byte anywhere, one byte among the first 200 of some page (its structure), a block of noise.
    const at = i % 3 === 1 ? Math.floor(next() * (bytes.length / 4096)) * 4096 + Math.floor(next() * 200) : Math.floor(next() * bytes.length);
    for (let k = 0; k < (i % 3 === 2 ? 512 : 1) && at + k < bytes.length; k++) mutated[at + k] = Math.floor(next() * 256);
    writeFileSync(join(folder, 'calibrant.db'), mutated);
    // Half of them look as if the last run had been killed, so that the whole file is checked.
    if (i % 2 === 0) writeFileSync(join(folder, 'running.json'), '{}');
    return folder;
  });
  const outcomes = openAll(folders);
  expect(outcomes).toHaveLength(60);
  outcomes.forEach((outcome, i) => {
    if (outcome.code === undefined) {
      expect(
        outcome.damaged?.every((code) => code === 'store-corrupt'),
        `mutation ${i}: ${outcome.damaged}`,
      ).toBe(true);
      expect(outcome.projects, `mutation ${i}`).toBeLessThanOrEqual(1);
      expect(outcome.runs, `mutation ${i}`).toBeLessThanOrEqual(12);
      expect(outcome.wrong, `mutation ${i}: results that are read are the ones that were written`).toBe(0);
    } else {
      expect(['store-corrupt', 'store-from-the-future', 'home-not-writable'], `mutation ${i}: ${outcome.message}`).toContain(outcome.code);
    }
  });
  // All three ways occur, or the mutations would prove nothing.
  expect(outcomes.filter(({ code }) => code === 'store-corrupt').length).toBeGreaterThan(3);
  expect(outcomes.filter(({ damaged }) => damaged?.length === 0).length).toBeGreaterThan(3);
  expect(outcomes.filter(({ damaged }) => damaged?.length).length).toBeGreaterThan(0);
});

test.each([
  ['zeroed header', (path: string) => writeFileSync(path, Buffer.concat([Buffer.alloc(100), readFileSync(path).subarray(100)]))],
  ['truncated to half', (path: string) => truncateSync(path, readFileSync(path).length >> 1)],
  ['truncated in the header', (path: string) => truncateSync(path, 57)],
  ['emptied', (path: string) => truncateSync(path, 0)],
  ['deleted', (path: string) => rmSync(path)],
  ['replaced by text', (path: string) => writeFileSync(path, 'not a database '.repeat(1000))],
])('%s: set aside whole, said where, and the next start begins anew', async (_, damage) => {
  const folder = await home(3);
  const before = readdirSync(join(folder, 'files')).length;
  damage(join(folder, 'calibrant.db'));
  writeFileSync(join(folder, 'running.json'), '{}');
  const [first] = openAll([folder]);
  expect(first?.code).toBe('store-corrupt');
  const [aside = ''] = readdirSync(join(folder, 'damaged'));
  expect(first?.message).toContain(join(folder, 'damaged', aside));
  expect(readdirSync(join(folder, 'damaged', aside, 'files'))).toHaveLength(before);
  expect(openAll([folder, folder])).toEqual([
    { projects: 0, runs: 0, wrong: 0, damaged: [] },
    { projects: 1, runs: 0, wrong: 0, damaged: [] },
  ]);
  expect(existsSync(join(folder, 'damaged', aside, 'files'))).toBe(true);
});

test('damage that is met while working makes the next start look at the whole file', async () => {
  const folder = await home(12);
  const path = join(folder, 'calibrant.db');
  const bytes = readFileSync(path);
  // The schema on the first pages is whole, so that a start after a clean end goes well; the rows are not.
  bytes.fill(0xa5, 4096 * 30);
  writeFileSync(path, bytes);
  const [first, second] = openAll([folder, folder]);
  expect(first).toMatchObject({ code: 'store-corrupt', message: expect.stringContaining('start it again') as string });
  expect(existsSync(join(folder, 'damaged'))).toBe(true);
  expect(second).toMatchObject({ code: 'store-corrupt', message: expect.stringContaining(join(folder, 'damaged')) as string });
});
