import Database from 'better-sqlite3';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { NO_CRITERIA } from '../../src-main/contract/criteria.ts';
import { CalibrantError } from '../../src-main/contract/errors.ts';
import { openReadOnly, openStore } from '../../src-main/store/store.ts';
import { evaluateResult, runResult } from '../fixtures/records.ts';
import { temporaryFolder } from './home-folder.ts';
import { card, seed } from './seeded.ts';

test('what was stored is there after the next start', async () => {
  const folder = temporaryFolder();
  const first = await openStore(folder);
  const { project, model, start, finish } = await seed(first);
  const done = await finish(start('first run'));
  first.recipes.save(project.id, { ...first.recipes.current(project.id), granularity: 'per-tensor' });
  first.close();

  const second = await openStore(folder);
  expect(second.home.endedCleanly).toBe(true);
  expect(second.models.current(project.id)).toEqual(model);
  expect(second.models.files(model.id)).toEqual([{ name: 'net.onnx', sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string }]);
  expect(second.recipes.current(project.id).granularity).toBe('per-tensor');
  expect(second.runs.list(project.id)).toEqual([done]);
  expect(second.results.ofRun(done.id)).toEqual(runResult);
  second.close();
});

test('a finished run carries its numbers, and its project the best of them', async () => {
  const store = await openStore(temporaryFolder());
  const { project, start, finish } = await seed(store);
  const withScore = (top1: number | null, bytes: number): typeof runResult => ({
    ...runResult,
    quantize: { ...runResult.quantize, sizeBytes: { float: 1000, quantized: bytes } },
    evaluate: { ...runResult.evaluate, top1 },
  });
  const row = await finish(start('a'));
  expect(row).toMatchObject({
    state: 'done',
    images: 200,
    floatTop1: 91,
    top1: 90.5,
    agreement: 98,
    floatBytes: 1000,
    bytes: 260,
    floatLatencyMs: 3,
    latencyMs: 1.5,
    worstSqnrDb: 22.25,
    modelName: 'net',
    datasetName: 'images',
  });
  await finish(start('unlabelled'), withScore(null, 10));
  await finish(start('large'), withScore(95, 300));
  await finish(start('small'), withScore(95, 200));
  const trashed = await finish(start('thrown away'), withScore(99, 100));
  store.runs.remove(trashed.id);
  start('not finished');
  expect(card(store, project.id)).toMatchObject({ runs: 5, best: { name: 'small', top1: 95, bytes: 200 } });
  store.close();
});

test('runs of any task are ranked by their headline, and carry the class that lost most', async () => {
  const store = await openStore(temporaryFolder());
  const { project, start, finish } = await seed(store);
  const perClass = (cat: number, dog: number, few: number): typeof evaluateResult.perClass => [
    { class: 0, name: 'cat', images: 50, top1: cat },
    { class: 1, name: 'dog', images: 10, top1: dog },
    { class: 2, name: 'newt', images: 9, top1: few },
  ];
  const against = { ...evaluateResult.against, perClass: perClass(90, 80, 100) } as NonNullable<typeof evaluateResult.against>;
  const scored = (headline: NonNullable<typeof evaluateResult.headline>, bytes: number): typeof runResult => ({
    ...runResult,
    quantize: { ...runResult.quantize, sizeBytes: { float: 1000, quantized: bytes } },
    evaluate: { ...evaluateResult, top1: null, agreement: null, headline, against, perClass: perClass(86, 70, 0) },
  });
  const map = await finish(start('detector'), scored({ metric: 'mAP', unit: '%', higher: true, value: 40.5, float: 41 }, 300));
  expect(map).toMatchObject({ headline: { metric: 'mAP', value: 40.5 }, worstClass: { name: 'dog', drop: 10, images: 10 } });
  await finish(start('worse and smaller'), scored({ metric: 'mAP', unit: '%', higher: true, value: 39, float: 41 }, 10));
  expect(card(store, project.id)?.best?.id).toBe(map.id);

  const other = await seed(store, 'auto-encoder');
  for (const [name, value] of Object.entries({ worse: 0.4, better: 0.2 }))
    await other.finish(other.start(name), scored({ metric: 'MSE', unit: '', higher: false, value, float: 0.1 }, 10));
  expect(card(store, other.project.id)?.best?.name).toBe('better');
  store.close();
});

test('tags, note, criteria and baseline are kept; what is not named stays', async () => {
  const folder = temporaryFolder();
  const first = await openStore(folder);
  const { project, start, finish } = await seed(first);
  const run = await finish(start('run'));
  const other = await seed(first, 'other');
  expect(run).toMatchObject({ tags: [], note: '' });
  first.runs.annotate(run.id, { tags: ['release', 'größe'] });
  first.runs.annotate(run.id, { note: 'first line\nsecond' });
  first.projects.saveCriteria(project.id, { ...NO_CRITERIA, maxDrop: 1.5, maxBytes: 500 });
  first.projects.pinBaseline(project.id, run.id);
  expect(() => first.projects.pinBaseline(other.project.id, run.id)).toThrow(expect.objectContaining({ code: 'not-found' }) as Error);
  expect(() => first.projects.pinBaseline(project.id, 'nobody')).toThrow(expect.objectContaining({ code: 'not-found' }) as Error);
  first.close();

  const second = await openStore(folder);
  expect(second.runs.get(run.id)).toMatchObject({ tags: ['release', 'größe'], note: 'first line\nsecond' });
  expect(second.projects.get(project.id)).toMatchObject({ criteria: { maxDrop: 1.5, maxClassDrop: null, maxBytes: 500 }, baselineId: run.id });
  expect(second.runs.annotate(run.id, { tags: [], note: '' })).toMatchObject({ tags: [], note: '' });
  second.projects.pinBaseline(project.id, null);
  expect(second.projects.get(project.id).baselineId).toBeNull();
  second.close();
});

test('trash hides and gives back', async () => {
  const store = await openStore(temporaryFolder());
  const { project, start } = await seed(store);
  const { run } = start('run');
  store.runs.remove(run.id);
  expect(store.runs.list(project.id)).toEqual([]);
  expect(store.runs.restore(run.id)).toEqual(run);
  store.projects.remove(project.id);
  expect(store.projects.list()).toEqual([]);
  expect(() => store.projects.get(project.id)).toThrow(expect.objectContaining({ code: 'not-found' }) as Error);
  store.projects.restore(project.id);
  expect(store.projects.list().map(({ id }) => id)).toEqual([project.id]);
  store.close();
});

test('every change in a project moves it to the top', async () => {
  const store = await openStore(temporaryFolder());
  const first = await seed(store, 'first');
  const second = await seed(store, 'second');
  expect(store.projects.list().map(({ name }) => name)).toEqual(['second', 'first']);
  await new Promise((resolve) => setTimeout(resolve, 5));
  first.start('run');
  expect(store.projects.list().map(({ name }) => name)).toEqual(['first', 'second']);
  await new Promise((resolve) => setTimeout(resolve, 5));
  store.projects.rename(second.project.id, 'zweites');
  expect(store.projects.list().map(({ name }) => name)).toEqual(['zweites', 'first']);
  store.close();
});

test('the gate is the last evaluation, and its job is done with it', async () => {
  const store = await openStore(temporaryFolder());
  const { project } = await seed(store);
  expect(store.results.gate(project.id)).toBeNull();
  for (const top1 of [10, 91]) {
    const spec = { kind: 'evaluate', model: '/m', data: { path: '/d', seed: 0 }, skipSamples: 0 } as const;
    const job = store.jobs.create({ projectId: project.id, runId: null, kind: 'evaluate', title: 'check', spec });
    expect(store.jobs.ofProject(project.id, 'evaluate')?.id).toBe(job.id);
    store.jobs.claim('me');
    store.results.finishGate(project.id, job.id, { ...evaluateResult, top1 });
    expect(store.jobs.get(job.id).state).toBe('done');
    expect(store.jobs.spec(job.id)).toEqual(spec);
  }
  expect(store.results.gate(project.id)?.evaluation.top1).toBe(91);
  store.close();
});

test('a transaction that fails leaves nothing, also from within another', async () => {
  const store = await openStore(temporaryFolder());
  expect(() =>
    store.transaction(() => {
      store.projects.create('half');
      store.transaction(() => {
        store.projects.create('quarter');
        throw new CalibrantError('internal', 'no');
      });
    }),
  ).toThrow('no');
  expect(store.projects.list()).toEqual([]);
  store.close();
});

test('one unreadable row is told and does not hide the others', async () => {
  const folder = temporaryFolder();
  const first = await openStore(folder);
  const { project, start } = await seed(first);
  const bad = start('bad').run;
  const good = start('good').run;
  first.close();
  const raw = new Database(join(folder, 'calibrant.db'));
  raw.prepare('UPDATE run SET recipe_json = \'{"format":\' WHERE id = ?').run(bad.id);
  raw.close();

  const told: CalibrantError[] = [];
  const store = await openStore(folder, { onDamaged: (error) => told.push(error) });
  expect(store.runs.list(project.id).map(({ id }) => id)).toEqual([good.id]);
  expect(store.runs.list(project.id)).toHaveLength(1);
  expect(told.map(({ code, message }) => [code, message.includes(bad.id)])).toEqual([['store-corrupt', true]]);
  expect(() => store.runs.get(bad.id)).toThrow(expect.objectContaining({ code: 'store-corrupt' }) as Error);
  store.close();
});

test('reading is possible while another has the folder, and says when there is nothing', async () => {
  const folder = temporaryFolder();
  expect(await openReadOnly(folder)).toBeNull();
  const store = await openStore(folder);
  const { project } = await seed(store);
  const reader = await openReadOnly(folder);
  expect(reader?.projects.list().map(({ id }) => id)).toEqual([project.id]);
  expect(() => reader?.projects.create('no')).toThrow(expect.objectContaining({ code: 'home-not-writable' }) as Error);
  reader?.close();
  store.close();
  const alone = await openReadOnly(folder);
  expect(alone?.projects.list()).toHaveLength(1);
  alone?.close();
});

test('500 runs: the list does not read results', async () => {
  const store = await openStore(temporaryFolder());
  const { project, start } = await seed(store);
  store.transaction(() => Array.from({ length: 500 }, (_, i) => start(`run ${i}`)));
  const rows = store.runs.list(project.id);
  expect(rows).toHaveLength(500);
  expect(rows[0]?.name).toBe('run 499');
  expect(rows.at(-1)?.name).toBe('run 0');
  store.close();
});
