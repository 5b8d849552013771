import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync, cpSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CalibrantError, toErrorData, type ErrorCode } from '../../src-main/contract/errors.ts';
import { inspectModel } from '../../src-main/core/onnx/inspect.ts';
import { prepareModel } from '../../src-main/core/onnx/prepare.ts';
import { readModel } from '../../src-main/core/onnx/read.ts';
import { assertQuantizable } from '../../src-main/core/onnx/support.ts';
import { writeModel } from '../../src-main/core/onnx/write.ts';
import { random } from '../fixtures/random.ts';
import { realApp, type RealApp } from '../fixtures/real-app.ts';
import { SAMPLE } from '../runner/harness.ts';
import { absurd, mutated } from './mutated.ts';

const MUTATIONS = 500;
/** Of these, through the application and real runner processes: inspected, planned, and quantized where that is possible. */
const THROUGH_HOST = 40;

const good = new Uint8Array(readFileSync(SAMPLE.model));
const next = random(2026);

/** Bytes that are neither weights (an edit there is just another model) nor letters (an edit there is a name that nothing makes): sizes, kinds, values. */
const structure = (() => {
  const weights = [...readModel(good).graph.constants.values()].filter(({ bytes }) => bytes.buffer === good.buffer && bytes.length > 64);
  const isWeight = new Uint8Array(good.length);
  for (const { bytes } of weights) isWeight.fill(1, bytes.byteOffset, bytes.byteOffset + bytes.length);
  return Array.from({ length: good.length }, (_, i) => i).filter((i) => !isWeight[i] && ((good[i] as number) < 0x20 || (good[i] as number) > 0x7e));
})();

/** A third anywhere with edits of every kind, a third with one or two wrong bytes in the structure, a third that read well and make no sense. */
const mutations = Array.from({ length: MUTATIONS }, (_, i) => {
  const pick = (n: number): number => Math.floor(next() * n);
  if (i % 3 === 0) return mutated(good, pick);
  if (i % 3 === 1) return writeModel(absurd(readModel(good), pick));
  const bytes = good.slice();
  for (let edits = 1 + pick(2); edits > 0; edits--) bytes[structure[pick(structure.length)] as number] = pick(256);
  return bytes;
});

it(`${MUTATIONS - THROUGH_HOST} mutations of the sample are a model or a coded error`, () => {
  const codes = new Set<string>();
  for (const bytes of mutations.slice(THROUGH_HOST)) {
    try {
      const model = readModel(bytes);
      inspectModel(model);
      prepareModel(model);
      assertQuantizable(model);
      codes.add('model');
    } catch (error) {
      if (!(error instanceof CalibrantError)) throw error;
      codes.add(error.code);
    }
  }
  expect(codes).toContain('model');
  expect(codes.size).toBeGreaterThan(4);
});

describe(`${THROUGH_HOST} mutations through the application`, () => {
  let folder: string;
  let real: RealApp;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'calibrant fuzz ä '));
    const data = join(folder, 'data');
    mkdirSync(data);
    for (const name of readdirSync(SAMPLE.data)) {
      const from = join(SAMPLE.data, name);
      const to = name.includes('.') ? [from] : readdirSync(from).slice(0, 1).map((file) => join(from, file)); // prettier-ignore
      for (const file of to) cpSync(file, join(data, file.slice(SAMPLE.data.length)));
    }
    real = await realApp(join(folder, 'home'));
  });
  afterAll(async () => {
    await real.app.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** How far it came, or with which code it ended. */
  async function outcome(bytes: Uint8Array, i: number): Promise<ErrorCode | 'quantized'> {
    const path = join(folder, `mutation ${i}.onnx`);
    writeFileSync(path, bytes);
    try {
      const { id: projectId } = await real.call('projects.create', { name: `mutation ${i}` });
      await real.call('models.add', { projectId, path });
      await real.call('datasets.add', { projectId, path: join(folder, 'data') });
      const recipe = { samples: 2 };
      await real.call('recipes.plan', { projectId, recipe });
      const { job } = await real.call('runs.start', { projectId, recipe });
      const { state, error } = await real.ended(job.id);
      expect(['done', 'failed'], `mutation ${i}: ${error?.message}`).toContain(state);
      return error?.code ?? 'quantized';
    } catch (error) {
      if (!(error instanceof CalibrantError)) throw error;
      return toErrorData(error).code;
    }
  }

  it('the sample cut at 40 places is refused, each time by the same process', async () => {
    const { id: projectId } = await real.call('projects.create', { name: 'cut' });
    const path = join(folder, 'cut.onnx');
    const codes = new Set<string>();
    for (let i = 0; i < 40; i++) {
      writeFileSync(path, good.subarray(0, Math.floor((good.length * i) / 40)));
      await real.call('models.add', { projectId, path }).then(
        () => codes.add('model'),
        (error: unknown) => codes.add(toErrorData(error).code),
      );
    }
    expect([...codes]).toEqual(['model-empty', 'model-truncated']);
    expect(real.pids).toHaveLength(1);
  });

  it('end well or with a coded error, and the application goes on', { timeout: 120_000 }, async () => {
    const counts = new Map<string, number>();
    for (const [i, bytes] of mutations.slice(0, THROUGH_HOST).entries()) {
      const code = await outcome(bytes, i);
      expect(code, `mutation ${i}`).not.toBe('internal');
      counts.set(code, (counts.get(code) ?? 0) + 1);
    }
    expect(counts.get('quantized')).toBeGreaterThan(3);
    expect(counts.size).toBeGreaterThan(3);
    expect(await outcome(good, MUTATIONS)).toBe('quantized');
    expect(await real.call('projects.list', {})).toHaveLength(THROUGH_HOST + 2);
  });
});
