import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as v from 'valibot';
import { exitCodeOf, type ErrorCode } from '../../../src-main/contract/errors.ts';
import { ModelReportSchema } from '../../../src-main/contract/model.ts';
import { EvaluateResultSchema, QuantizeResultSchema } from '../../../src-main/contract/results.ts';
import { canMount, smallDisk } from '../../store/home-folder.ts';
import { makeBadFiles } from './bad-files.ts';
import { calibrant, type Finished } from './cli.ts';

let folder: string;
beforeAll(() => void (folder = makeBadFiles()));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const GOOD = 'gut ä';
const path = (model: string): string => `models/${model}.onnx`;
const inspect = (model: string): string[] => ['inspect', path(model)];
const quantize = (model: string, data = 'data', ...more: string[]): string[] => ['quantize', path(model), '--data', data, '--out', 'out/ü 数.onnx', ...more];
const evaluate = (model: string, data = 'data', ...more: string[]): string[] => ['evaluate', path(model), '--data', data, ...more];
const diagnose = (float: string, quantized: string): string[] => ['diagnose', path(float), path(quantized), '--data', 'data'];
const run = (args: string[]): Promise<Finished> => calibrant(args, { cwd: folder });

/** Every folder, and every file with its size and time: what a failed command must leave as it was. */
function everything(): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => ({ name, facts: statSync(join(folder, name)) }))
    .map(({ name, facts }) => (facts.isFile() ? `${name} ${facts.size} ${facts.mtimeMs}` : name))
    .sort();
}

/** Of a failed command: nothing on stdout, and the one sentence as the last line of stderr, behind progress at most. */
function expectRefusal({ code: exitCode, stdout, stderr }: Finished, code: ErrorCode, says: RegExp): void {
  const [last = '', ...before] = stderr.trimEnd().split('\n').reverse();
  const [, sentence = '', told] = /^calibrant: (.*) \[([\w-]+)\]$/.exec(last) ?? [];
  expect({ exitCode, stdout, told }, stderr).toEqual({ exitCode: exitCodeOf(code), stdout: '', told: code });
  expect(sentence).toMatch(says);
  expect(sentence).toMatch(/[.…]$/);
  expect(before.filter((line) => /calibrant:|Error|\bat /.test(line))).toEqual([]);
}

type Case = [name: string, args: string[], code: ErrorCode, says: RegExp];

// The sentence of each names the thing and the reason; most of them are checked for the way out too.
const CASES: Case[] = [
  ['inspect: no protobuf', inspect('no protobuf'), 'model-not-onnx', /^no protobuf\.onnx: .*not an ONNX model.*choose/],
  ['quantize: no protobuf', quantize('no protobuf'), 'model-not-onnx', /^no protobuf\.onnx: /],
  ['evaluate: a truncated model', evaluate('truncated'), 'model-truncated', /^truncated\.onnx: .*too early.*again/],
  ['diagnose: a truncated model', diagnose(GOOD, 'truncated'), 'model-truncated', /^truncated\.onnx: /],
  ['inspect: a folder', inspect('folder'), 'model-is-folder', /folder\.onnx is a folder; choose/],
  ['quantize: an empty file', quantize('empty'), 'model-empty', /^empty\.onnx: .*empty \(0 bytes\).*again/],
  ['diagnose: no such file', diagnose('none', GOOD), 'model-not-found', /none\.onnx; check/],
  ['inspect: external data missing', inspect('external missing'), 'model-external-data-missing', /"weights\.bin".*put that file/],
  ['quantize: external data too short', quantize('external short'), 'model-invalid', /0\.weight .* needs 1728 bytes and has 10/],
  ['quantize: external data above the folder', quantize('external climbing'), 'model-external-data-outside', /\.\.\/etc\/passwd.*not inside.*put the file/],
  ['evaluate: external data under an absolute path', evaluate('external absolute'), 'model-external-data-outside', /\/etc\/passwd.*not inside/],
  ['inspect: external data behind a link', inspect('external linked'), 'model-external-data-outside', /"linked\.bin", which leads outside/],
  ['quantize: an unknown operator domain', quantize('foreign domain'), 'model-unknown-domain', /\/2\/Clip .*com\.example.*remove/],
  ['evaluate: an unknown operator domain', evaluate('foreign domain'), 'model-unknown-domain', /com\.example/],
  ['quantize: a size that nothing fixes', quantize('open size', 'data no preprocess'), 'model-dynamic-shape', /"x" \[1, 3, height, width\].*give a preprocessing/],
  ['evaluate: a size that nothing fixes', evaluate('open size', 'data no preprocess'), 'model-dynamic-shape', /"x"/],
  ['quantize: images for a model of vectors', quantize('vectors'), 'model-input-not-image', /"x" has rank 2.*give .npy/],
  ['evaluate: a model with two inputs', evaluate('two inputs'), 'model-input-not-image', /2 inputs \(a, b\)/],
  ['quantize: NaN weights', quantize('nan weights'), 'model-nan-weights', /0\.weight.*2 of 432 .*repair/],
  ['evaluate: NaN weights', evaluate('nan weights'), 'model-nan-weights', /^nan weights\.onnx: .*0\.weight/],
  ['diagnose: NaN weights', diagnose(GOOD, 'nan weights'), 'model-nan-weights', /^nan weights\.onnx: /],
  ['quantize: a model that is quantized already', quantize('quantized'), 'model-already-quantized', /QDQ.*start from the float model/],
  ['quantize: a float16 model', quantize('float16'), 'model-unsupported-type', /float16.*export/],
  ['diagnose: two unrelated models', diagnose(GOOD, 'unrelated'), 'model-mismatch', /unrelated\.onnx has no tensor of gut ä\.onnx.*choose/],
  ['evaluate: against a model with other classes', evaluate(GOOD, 'data', '--against', path('five classes')), 'model-mismatch', /10 values.*five classes\.onnx has 5.*compare/],
  ['quantize: a folder without images', quantize(GOOD, 'no images'), 'data-no-images', /no images .*choose the folder/],
  ['evaluate: an empty folder', evaluate(GOOD, 'data empty'), 'data-no-images', /data empty/],
  ['quantize: only images that are broken', quantize(GOOD, 'all broken'), 'data-unreadable', /None of the 2 samples.*check.*[ab]\.png: not an image/],
  ['quantize: no such data', quantize(GOOD, 'none'), 'data-not-found', /none; check/],
  ['quantize: labels of files that are missing', quantize(GOOD, 'data missing labels'), 'data-label-file-missing', /2 of 3 files.*nor this\.png, not there\.png; put/],
  ['evaluate: labels that are no table', evaluate(GOOD, 'data labels torn'), 'data-labels-invalid', /labels\.csv .*"file" and "class_index"/],
  ['evaluate: a class index out of range', evaluate(GOOD, 'data class 99'), 'data-class-out-of-range', /index 99.*10 classes.*correct/],
  ['quantize: preprocess.json is no JSON', quantize(GOOD, 'data not json'), 'preprocess-invalid', /preprocess\.json is not valid JSON; correct/],
  ['evaluate: an unknown field in preprocess.json', evaluate(GOOD, 'data unknown field'), 'preprocess-invalid', /there is no field "colour"; correct/],
  ['quantize: std 0', quantize(GOOD, 'data std 0'), 'preprocess-invalid', /"std" must not contain 0; correct/],
  ['quantize: images of another size', quantize(GOOD, 'data wrong size'), 'preprocess-mismatch', /\[1, 3, 32, 32\].*\[batch, 3, 64, 64\]; correct its "resize"/],
  ['evaluate: another layout', evaluate(GOOD, 'data NHWC'), 'preprocess-mismatch', /set "layout": "NCHW"/],
  ['evaluate: all samples left out', evaluate(GOOD, 'data', '--skip-samples', '20'), 'data-too-few', /20 samples, and 20 .*leave out fewer/],
  ['quantize: an exclusion that matches nothing', quantize(GOOD, 'data', '--samples', '2', '--exclude', 'nothing.*'), 'recipe-invalid', /nothing\.\*.*pick the name/],
  ['quantize: an unknown value in a recipe', quantize(GOOD, 'data', '--recipe', 'recipe.json'), 'recipe-invalid', /"weights" is "int3", and can be "int8", "uint8"/],
  ['quantize: an unknown value', quantize(GOOD, 'data', '--weights', 'int3'), 'usage-bad-value', /--weights takes one of int8, .*"int3"/],
  ['quantize: an unknown option', quantize(GOOD, 'data', '--wieghts', 'int8'), 'usage-unknown-option', /--wieghts.*--weights/],
  ['quantize: the model as its own output', ['quantize', path(GOOD), '--data', 'data', '--out', `models/../${path(GOOD)}`], 'usage-bad-value', /Choose another name/],
  ['quantize: into a folder that is not there', ['quantize', path(GOOD), '--data', 'data', '--out', 'none/q.onnx'], 'output-not-writable', /none\/q\.onnx .*does not exist; choose/],
]; // prettier-ignore

describe.concurrent('bad input: one sentence with its code on stderr, nothing on stdout', { timeout: 60_000 }, () => {
  let before: string[];
  beforeAll(() => void (before = everything()));
  // Concurrent cases share the folder, so what they leave is looked at once, behind the last.
  afterAll(() => expect(everything()).toEqual(before));

  it.for(CASES)('%s', async ([, args, code, says]) => expectRefusal(await run([...args, '--json']), code, says));
});

describe('broken images among good ones', () => {
  const broken = ['chip/empty.png', 'chip/text.png', 'chip/torn.jpg'];

  it('are skipped, counted and named by evaluate', async () => {
    const { code, stdout } = await run([...evaluate(GOOD, 'data some broken'), '--json']);
    expect(code).toBe(0);
    const { images, skipped, warnings } = v.parse(EvaluateResultSchema, JSON.parse(stdout));
    expect({ images, files: skipped.map(({ file }) => file).sort() }).toEqual({ images: 20, files: broken });
    expect(skipped.every(({ reason }) => reason.length > 10)).toBe(true);
    expect(warnings).toContainEqual(expect.objectContaining({ code: 'data-skipped', message: expect.stringContaining('3 of 23') as unknown }));
  });

  it('and by quantize, in words too', async () => {
    const { code, stdout } = await run(quantize(GOOD, 'data some broken', '--out', 'out/words.onnx'));
    expect(code).toBe(0);
    expect(stdout).toMatch(/calibrated +20 images \(3 skipped – /);
    for (const file of broken) expect(stdout).toContain(`${file}: `);
    expect(stdout).toMatch(/written .*words\.onnx .*\d % of it\)/);
    rmSync(join(folder, 'out/words.onnx'));
  });
});

describe('more samples asked for than there are', () => {
  it('all are taken, and that is said', async () => {
    const fewer = expect.objectContaining({ code: 'data-fewer-samples', message: expect.stringMatching(/Only \d+ of the 50/) as unknown }) as unknown;
    const quantized = v.parse(QuantizeResultSchema, JSON.parse((await run([...quantize(GOOD, 'data', '--samples', '50'), '--json'])).stdout));
    expect(quantized).toMatchObject({ images: 20, warnings: expect.arrayContaining([fewer]) as unknown });
    const args = evaluate('../out/ü 数', 'data', '--skip-samples', '12', '--samples', '50', '--json');
    expect(v.parse(EvaluateResultSchema, JSON.parse((await run(args)).stdout))).toMatchObject({
      images: 8,
      warnings: expect.arrayContaining([fewer]) as unknown,
    });
    // The names of everything above had spaces and letters outside ASCII.
    expect(readdirSync(join(folder, 'out'))).toEqual(['ü 数.onnx']);
    rmSync(join(folder, 'out/ü 数.onnx'));
  });
});

it('inspect tells what is wrong with a model that it can read, and ends well', async () => {
  const { code, stdout } = await run([...inspect('foreign domain'), '--json']);
  expect(code).toBe(0);
  const { problems, runtime } = v.parse(ModelReportSchema, JSON.parse(stdout));
  expect(problems[0]).toMatchObject({ severity: 'error', code: 'model-unknown-domain' });
  expect(runtime).toMatchObject({ loads: false, message: expect.stringMatching(/^node \/2\/Clip \(Clip\): .*com\.example/) as unknown });
});

describe('a disk that takes no model', () => {
  const to = (output: string): string[] => ['quantize', path(GOOD), '--data', 'data', '--samples', '2', '--out', join(output, 'q ö.onnx'), '--json'];

  it.skipIf(!canMount)('because it is read-only', async () => {
    const disk = smallDisk(1);
    disk.makeReadOnly();
    expectRefusal(await run(to(disk.folder)), 'output-not-writable', /q ö\.onnx cannot be written: the disk is read-only; choose/);
    expect(readdirSync(disk.folder)).toEqual([]);
  });

  it.skipIf(!canMount)('because it is full', async () => {
    const disk = smallDisk(1);
    execFileSync('dd', ['if=/dev/zero', `of=${join(disk.folder, 'filler')}`, 'bs=1024', 'count=900'], { stdio: 'ignore' });
    expectRefusal(await run(to(disk.folder)), 'disk-full', /no room for .*q ö\.onnx; free some space/);
    expect(readdirSync(disk.folder)).toEqual(['filler']);
  });

  it('because the folder belongs to somebody else', async ({ skip }) => {
    if (process.getuid?.() === 0 || process.platform === 'win32') skip('rights do not bind root, nor are they modes on Windows');
    const foreign = mkdtempSync(join(tmpdir(), 'calibrant-foreign-'));
    chmodSync(foreign, 0o500);
    expectRefusal(await run(to(foreign)), 'output-not-writable', /you have no permission; choose/);
    expect(readdirSync(foreign)).toEqual([]);
    rmSync(foreign, { recursive: true });
  });
});
