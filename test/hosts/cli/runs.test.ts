import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { NO_CRITERIA } from '../../../src-main/contract/criteria.ts';
import { openStore } from '../../../src-main/store/store.ts';
import { evaluateResult, runResult } from '../../fixtures/records.ts';
import { seed } from '../../store/seeded.ts';
import { calibrant, type Finished } from './cli.ts';

let home: string;
let ids: Record<'first' | 'second' | 'broken', string>;
let projectId: string;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'calibrant runs ä-'));
  const store = await openStore(home);
  await seed(store, 'older');
  await new Promise((done) => setTimeout(done, 5));
  const { project, start, finish } = await seed(store, 'newer');
  const scored = (value: number, bytes: number): typeof runResult => ({
    ...runResult,
    quantize: { ...runResult.quantize, sizeBytes: { float: 1000, quantized: bytes } },
    evaluate: { ...evaluateResult, headline: { metric: 'top-1', unit: '%', higher: true, value, float: 91 } },
  });
  const first = await finish(start('first'), scored(90, 400));
  const second = await finish(start('second'), scored(70, 200));
  const broken = start('broken');
  store.jobs.finish(broken.job.id, 'failed', { code: 'disk-full', message: 'The disk is full.' });
  store.runs.annotate(first.id, { tags: ['release'], note: 'the good one' });
  store.projects.saveCriteria(project.id, { ...NO_CRITERIA, maxDrop: 5 });
  store.projects.pinBaseline(project.id, first.id);
  ids = { first: first.id, second: second.id, broken: broken.run.id };
  projectId = project.id;
  store.close();
});
afterAll(() => rm(home, { recursive: true, force: true }));

const runs = (...args: string[]): Promise<Finished> => calibrant(['runs', ...args, '--home', home]);
const json = async (...args: string[]): Promise<Record<string, unknown> & { runs: { id: string }[] }> =>
  JSON.parse((await runs(...args, '--json')).stdout) as Record<string, unknown> & { runs: { id: string }[] };

test('lists the runs of the project that was changed last, with criteria and baseline', async () => {
  const listed = await json();
  expect(listed).toMatchObject({
    project: { id: projectId, name: 'newer', baselineId: ids.first, criteria: { maxDrop: 5 } },
    runs: [
      { id: ids.broken, state: 'failed', checks: [] },
      { id: ids.second, checks: [{ criterion: 'maxDrop', met: false }] },
      { id: ids.first, tags: ['release'], note: 'the good one', checks: [{ met: true }] },
    ],
  });
  expect((await json('older')).runs).toEqual([]);
  const { stdout } = await runs('newer');
  expect(stdout).toMatch(/\* first +done +top-1 90\.0 % of 200 images +1\.00 +400 B +1\.50 ms +2\.00× +met +release/);
  expect(stdout).toMatch(/second +done .* not met/);
});

test('sorts the best first, unknown last, and keeps a tag', async () => {
  const order = async (...args: string[]): Promise<string[]> => (await json(...args)).runs.map(({ id }) => id);
  expect(await order('--sort', 'size')).toEqual([ids.second, ids.first, ids.broken]);
  expect(await order('--sort', 'accuracy')).toEqual([ids.first, ids.second, ids.broken]);
  expect(await order('--tag', 'release')).toEqual([ids.first]);
  expect(await runs('--sort', 'beauty')).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('[usage-bad-value]') as string });
});

test('shows one run whole, and two by what they differ in', async () => {
  expect(await json('show', 'first')).toMatchObject({
    row: { id: ids.first },
    result: { quantize: { images: 100 } },
    verdict: { level: expect.any(String) as string },
  });
  expect((await runs('show', ids.broken)).stdout).toContain('The disk is full.');
  const diff = await json('diff', ids.first, 'second');
  expect(diff).toMatchObject({ a: { id: ids.first }, b: { id: ids.second }, recipe: [], placements: [] });
  expect(diff['numbers']).toContainEqual({ number: 'headline', a: 90, b: 70, better: 'up' });
  expect((await runs('diff', 'first', 'second')).stdout).toMatch(/The recipes are the same\.[\s\S]*top-1 +90\.0 +70\.0/);
});

test('what is not there is said with what there is', async () => {
  expect(await runs('nobody')).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(/^calibrant: There is no project "nobody"; there are newer \(.+\), older \(.+\)\. \[not-found\]\n$/) as string }); // prettier-ignore
  expect((await runs('show', 'nobody')).stderr).toMatch(/There is no run "nobody"; there are broken \(.+\), second \(.+\), first \(.+\)\. \[not-found\]/);
  expect((await calibrant(['runs', '--home', join(home, 'empty')])).stderr).toContain('There is no project yet');
});
