import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Model } from '../../src-main/core/onnx/graph.ts';
import { floatTensor } from '../../src-main/core/onnx/tensor.ts';
import { readModelFile } from '../../src-main/runner/model-file.ts';
import { checkOutput } from '../../src-main/runner/output-file.ts';
import { writeOutputModel } from '../../src-main/runner/output-model.ts';
import { openSession } from '../../src-main/runner/session.ts';
import { noteDoubtful } from '../../src-main/runner/weight-files.ts';
import { info, modelOf, node } from '../core/onnx/build.ts';
import { noise } from '../core/onnx/run.ts';
import { temporaryFolder } from '../fixtures/images.ts';

const model = (seed: number, values = 1000): Model => {
  const ends = { inputs: [info('x', [values])], outputs: [info('y', [values])] };
  return modelOf({ nodes: [node('Add', ['x', 'w'], ['y'])], ...ends, constants: [floatTensor('w', [values], noise(values, seed))] });
};
const verify = async (path: string) => (await openSession(path, 'the output')).close();
const write = (path: string, seed: number, fields: Partial<Parameters<typeof writeOutputModel>[2]> = {}) =>
  writeOutputModel(path, model(seed), { external: true, verify, ...fields });
const weightsAt = async (path: string) => (await readModelFile(path)).model.graph.constants.get('w')?.bytes;
const bytesOf = (seed: number) => new Uint8Array(noise(1000, seed).buffer);
/** A verification in which somebody cancels. */
function cancelledIn() {
  const cancel = new AbortController();
  return { signal: cancel.signal, verify: () => Promise.resolve(cancel.abort()) };
}
const NO_PROCESS = 2 ** 22 + 1;

describe('a model with a file of weights', () => {
  test('lies as a pair that ONNX Runtime and the reader load, named after its content', async () => {
    const folder = temporaryFolder();
    const out = join(folder, 'größe.onnx');
    const written = await write(out, 1);
    const [external] = written.external;
    expect(readdirSync(folder).sort()).toEqual([external?.name, 'größe.onnx'].sort());
    expect(external?.name).toMatch(/^größe\.onnx\.[0-9a-f]{12}\.data$/);
    expect(external?.sha256).toBe(
      createHash('sha256')
        .update(readFileSync(join(folder, external?.name ?? '')))
        .digest('hex'),
    );
    expect(written.sha256).toBe(createHash('sha256').update(readFileSync(out)).digest('hex'));
    const file = await readModelFile(out);
    expect(file).toMatchObject({ sha256: written.sha256, external: written.external, bytes: written.bytes });
    expect(await weightsAt(out)).toEqual(bytesOf(1));
    await verify(out);
  });

  test('takes the place of an older pair, whose weights go last; the same again changes nothing', async () => {
    const folder = temporaryFolder();
    const out = join(folder, 'out.onnx');
    await write(out, 1);
    const second = await write(out, 2);
    expect(readdirSync(folder).sort()).toEqual(['out.onnx', second.external[0]?.name]);
    expect(await weightsAt(out)).toEqual(bytesOf(2));
    expect(await write(out, 2)).toEqual(second);
    expect(readdirSync(folder).length).toBe(2);
    // A model that fits into one file leaves no weights of the one before.
    expect((await write(out, 3, { external: false })).external).toEqual([]);
    expect(readdirSync(folder)).toEqual(['out.onnx']);
  });

  test('leaves alone the weights of a copy, of a renamed output, and files that only look like its own', async () => {
    const folder = temporaryFolder();
    const out = join(folder, 'out.onnx');
    const [first] = (await write(out, 1)).external;
    copyFileSync(out, join(folder, 'copy.onnx'));
    const [second] = (await write(out, 2)).external;
    renameSync(out, join(folder, 'renamed.bak'));
    writeFileSync(join(folder, 'out.onnx.0123456789ab.data'), 'mine');
    const [third] = (await write(out, 3)).external;
    const expected = ['copy.onnx', 'renamed.bak', 'out.onnx', 'out.onnx.0123456789ab.data', first?.name, second?.name, third?.name];
    expect(readdirSync(folder).sort()).toEqual(expected.sort());
    expect(await weightsAt(join(folder, 'copy.onnx'))).toEqual(bytesOf(1));
    expect(await weightsAt(join(folder, 'renamed.bak'))).toEqual(bytesOf(2));
  });

  test('any name will do for the output', async () => {
    const folder = temporaryFolder();
    const written = await write(join(folder, 'no ending'), 1);
    expect(readdirSync(folder).sort()).toEqual(['no ending', written.external[0]?.name]);
  });

  test.each([
    ['what verifies it refuses it', { verify: () => Promise.reject(new Error('refused')) }],
    ['the job is cancelled', { signal: AbortSignal.abort() }],
    ['the job is cancelled while it is verified', cancelledIn()],
  ])('stays as it was when %s', async (_, fields) => {
    const folder = temporaryFolder();
    const out = join(folder, 'out.onnx');
    await expect(write(out, 1, fields)).rejects.toThrow();
    expect(readdirSync(folder)).toEqual([]);
    await write(out, 1);
    const before = readdirSync(folder);
    await expect(write(out, 2, fields)).rejects.toThrow();
    expect(readdirSync(folder)).toEqual(before);
    await verify(out);
  });

  test('stays as it was when the last step fails', async () => {
    const folder = temporaryFolder();
    const out = join(folder, 'out.onnx');
    mkdirSync(join(out, 'a folder that is not empty'), { recursive: true });
    await expect(write(out, 1)).rejects.toMatchObject({ code: 'output-not-writable' });
    expect(readdirSync(folder)).toEqual(['out.onnx']);
  });

  test.skipIf(process.platform !== 'linux' || process.getuid?.() !== 0)('a full disk leaves the old pair and nothing else', async () => {
    const folder = temporaryFolder();
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder], { stdio: 'ignore' });
    } catch {
      return;
    }
    onTestFinished(() => void execFileSync('umount', [folder]));
    const out = join(folder, 'out.onnx');
    await write(out, 1);
    const before = readdirSync(folder);
    await expect(writeOutputModel(out, model(2, 50_000), { external: true, verify })).rejects.toMatchObject({ code: 'disk-full' });
    expect(readdirSync(folder)).toEqual(before);
    await verify(out);
  });
});

describe('what a killed process leaves', () => {
  test('before its files were moved out goes with the next output of that name', async () => {
    const folder = temporaryFolder();
    const left = join(folder, `.out.onnx.${NO_PROCESS}.calibrant-part`);
    mkdirSync(left);
    writeFileSync(join(left, 'out.onnx.0123456789ab.data'), 'half of it');
    const other = join(folder, `.other.onnx.${NO_PROCESS}.calibrant-part`);
    mkdirSync(other);
    const alive = join(folder, `.out.onnx.${process.ppid}.calibrant-part`);
    mkdirSync(alive);
    await checkOutput(join(folder, 'out.onnx'), []);
    expect([left, other, alive].map(existsSync)).toEqual([false, true, true]);
  });

  test.each(['between the two renames', 'before the old weights were removed'])('%s leaves a pair that works, and its other weights go', async (when) => {
    const folder = temporaryFolder();
    const out = join(folder, 'out.onnx');
    const [old] = (await write(out, 1)).external;
    const [fresh] = (await write(join(temporaryFolder(), 'out.onnx'), 2, { verify: async (path) => copyFileSync(path, join(folder, 'new model')) })).external;
    // As a kill at this moment leaves it.
    const left = join(folder, `.out.onnx.${NO_PROCESS}.calibrant-part`);
    mkdirSync(left);
    await noteDoubtful(left, [old?.name ?? '', fresh?.name ?? '']);
    writeFileSync(join(folder, fresh?.name ?? ''), bytesOf(2));
    const replaced = when.startsWith('before');
    renameSync(join(folder, 'new model'), replaced ? out : join(left, 'out.onnx'));
    await verify(out);

    await checkOutput(out, []);
    expect(readdirSync(folder).sort()).toEqual(['out.onnx', replaced ? fresh?.name : old?.name]);
    expect(await weightsAt(out)).toEqual(bytesOf(replaced ? 2 : 1));
  });
});
