import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openStore } from '../../src-main/store/store.ts';
import { temporaryFolder } from './home-folder.ts';
import { seed } from './seeded.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

test('a file is kept once under its SHA-256, from bytes or from a path', async () => {
  const folder = temporaryFolder();
  const store = await openStore(join(folder, 'home'));
  const content = new Uint8Array(3_000_000).map((_, i) => (i * 7919) >> 5);
  writeFileSync(join(folder, 'source ü.bin'), content);
  const fromPath = await store.files.put(join(folder, 'source ü.bin'));
  const fromBytes = await store.files.put(content);
  expect(fromPath).toEqual({ sha256: createHash('sha256').update(content).digest('hex'), bytes: 3_000_000 });
  expect(fromBytes).toEqual(fromPath);
  expect(readFileSync(store.files.pathOf(fromPath.sha256)).equals(content)).toBe(true);
  expect(readdirSync(join(store.home.files, 'tmp'))).toEqual([]);
  store.close();
});

test('a source that is not there, and a name that is no hash', async () => {
  const store = await openStore(temporaryFolder());
  await expect(store.files.put('/nowhere/model.onnx')).rejects.toMatchObject({ code: 'not-found' });
  expect(readdirSync(join(store.home.files, 'tmp'))).toEqual([]);
  expect(() => store.files.pathOf('../../etc/passwd')).toThrow(expect.objectContaining({ code: 'store-corrupt' }) as Error);
  store.close();
});

test('a model with external data lies together under its own names', async () => {
  const store = await openStore(temporaryFolder());
  const [model, weights] = [await store.files.put(bytes('model')), await store.files.put(bytes('weights'))];
  const files = [
    { name: 'net.onnx', sha256: model.sha256 },
    { name: 'data/weights.bin', sha256: weights.sha256 },
  ];
  const folder = await store.files.materialize('m1', files);
  expect(readFileSync(join(folder, 'net.onnx'), 'utf8')).toBe('model');
  expect(readFileSync(join(folder, 'data/weights.bin'), 'utf8')).toBe('weights');
  expect(await store.files.materialize('m1', files)).toBe(folder);
  await expect(store.files.materialize('m2', [{ name: '../out.bin', sha256: model.sha256 }])).rejects.toMatchObject({ code: 'model-external-data-outside' });
  await expect(store.files.materialize('m3', [{ name: 'gone.bin', sha256: 'f'.repeat(64) }])).rejects.toMatchObject({ code: 'store-corrupt' });
  expect(readdirSync(store.home.models)).toEqual(['m1']);
  expect(existsSync(join(store.home.folder, 'out.bin'))).toBe(false);
  store.close();
});

test('a start sweeps what nothing refers to, and only that', async () => {
  const folder = temporaryFolder();
  const first = await openStore(folder);
  const { model, start, finish } = await seed(first);
  const run = await finish(start('run'));
  first.runs.remove(run.id);
  const kept = [first.models.files(model.id)[0]?.sha256, run.modelSha256].map((sha) => first.files.pathOf(sha ?? ''));
  const orphan = first.files.pathOf((await first.files.put(bytes('orphan'))).sha256);
  await first.files.materialize(model.id, first.models.files(model.id));
  await first.files.materialize('nobody', first.models.files(model.id));
  writeFileSync(join(first.home.files, 'tmp', 'half'), 'half');
  mkdirSync(join(first.home.work, 'job'));
  writeFileSync(join(first.home.incoming, 'upload'), 'x');
  first.close();

  const second = await openStore(folder);
  for (const path of kept) expect(existsSync(path), path).toBe(true);
  expect(existsSync(orphan)).toBe(false);
  expect(readdirSync(second.home.models)).toEqual([model.id]);
  for (const emptied of [second.home.work, second.home.incoming, join(second.home.files, 'tmp')]) expect(readdirSync(emptied)).toEqual([]);
  second.close();
});
