import { spawn } from 'node:child_process';
import { link, mkdtemp, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import { beforeAll, describe, expect, it } from 'vitest';
import { DiagnoseResultSchema, EvaluateResultSchema, QuantizeResultSchema } from '../../../src-main/contract/results.ts';
import { ModelReportSchema } from '../../../src-main/contract/model.ts';
import { calibrant, ROOT } from './cli.ts';

const model = join(ROOT, 'resources/sample/model.onnx');
const data = join(ROOT, 'resources/sample/images');
let folder: string;
let quantized: string;
let excluded: string;

/** Exactly one JSON document on stdout, and the values in it as its schema knows them. */
function parse<S extends v.GenericSchema>(schema: S, { code, stdout, stderr }: Awaited<ReturnType<typeof calibrant>>): v.InferOutput<S> {
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^\{[^\n]*\}\n$/);
  return v.parse(schema, JSON.parse(stdout));
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'calibrant jobs ä-'));
  quantized = join(folder, 'q ö.onnx');
});

describe('the terminal on the bundled sample', () => {
  it('inspects', async () => {
    const report = parse(ModelReportSchema, await calibrant(['inspect', model, '--json']));
    expect(report.runtime.loads).toBe(true);
    excluded = report.nodes.find(({ op }) => op === 'Conv')?.name ?? '';
    expect((await calibrant(['inspect', model])).stdout).toMatch(/parameters +\S+ [kM]\n/);
  });

  it('quantizes into a file that is named relative to where one stands', async () => {
    const args = ['quantize', model, '--data', data, '--samples', '40', '--exclude', excluded, '--json', '--out', 'q ö.onnx'];
    const result = parse(QuantizeResultSchema, await calibrant(args, { cwd: folder }));
    expect(result).toMatchObject({ output: quantized, images: 40, recipe: { samples: 40, exclude: [excluded] } });
    expect(result.nodes.float).toBeGreaterThan(0);
    expect((await stat(quantized)).size).toBe(result.sizeBytes.quantized);
    expect(result.sizeBytes.quantized).toBeLessThan(result.sizeBytes.float);
    expect(await readdir(folder)).toEqual(['q ö.onnx']);
  });

  it('takes a recipe from a file, and options beside it win', async () => {
    const recipe = join(folder, 'recipe.json');
    await writeFile(recipe, JSON.stringify({ weights: 'uint8', samples: 7, seed: 'none' }));
    const args = ['quantize', model, '--data', data, '--out', join(folder, 'r.onnx'), '--recipe', recipe, '--samples', '5', '--json'];
    const result = parse(QuantizeResultSchema, await calibrant(args));
    expect(result).toMatchObject({ images: 5, recipe: { weights: 'uint8', samples: 5, seed: 'none' }, provenance: { seed: 'none' } });
  });

  it('evaluates, alone and against the float model', async () => {
    const alone = parse(EvaluateResultSchema, await calibrant(['evaluate', quantized, '--data', data, '--samples', '60', '--skip-samples', '40', '--json']));
    expect(alone.images).toBe(60);
    expect(alone).not.toHaveProperty('against');
    expect(alone).toMatchObject({ top1: expect.any(Number) as unknown, skipped: [], latencyMs: { median: expect.any(Number) as unknown } });
    const both = parse(
      EvaluateResultSchema,
      await calibrant(['evaluate', quantized, '--against', model, '--data', data, '--samples', '60', '--skip-samples', '40', '--json']),
    );
    expect(both.top1).toBe(alone.top1);
    expect(both.delta?.top1).toBeCloseTo((both.top1 ?? 0) - (both.against?.top1 ?? 0), 9);
    expect(both.agreement).toBeGreaterThan(50);
  });

  it('prints accuracies with their unit and count', async () => {
    const { stdout, code } = await calibrant(['evaluate', quantized, '--against', model, '--data', data, '--samples', '40']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/top-1 of 40 images +\d+(\.\d+)? % +\d+(\.\d+)? %\n/);
  });

  it('says how far the outputs are apart where there are no labels to judge by', async () => {
    const unlabelled = await mkdtemp(join(tmpdir(), 'calibrant unlabelled ä-'));
    for (let i = 0; i < 4; i += 1) await link(join(data, 'bolt', `000${i}.jpg`), join(unlabelled, `${i}.jpg`));
    const args = ['evaluate', quantized, '--against', model, '--data', unlabelled, '--preprocess', join(data, 'preprocess.json')];
    const { stdout, code } = await calibrant(args);
    expect(code).toBe(0);
    expect(stdout).toMatch(/top-1 of 4 images +no labels +no labels\n/);
    expect(stdout).toMatch(/\nagainst model\.onnx: \S+ times its speed\n/);
    expect(stdout).toMatch(/\noutput: SQNR \d+(\.\d+)? dB over 4 images/);
  });

  it('checks criteria, and ends with 3 when one is not met or cannot be told', async () => {
    const criteria = join(folder, 'criteria.json');
    const args = ['evaluate', quantized, '--against', model, '--data', data, '--samples', '40', '--criteria', criteria];
    await writeFile(criteria, '{"maxDrop": 100, "maxBytes": 10}');
    const { code, stdout } = await calibrant([...args, '--json']);
    expect(code).toBe(3);
    expect((JSON.parse(stdout) as { criteria: unknown }).criteria).toMatchObject([
      { criterion: 'maxDrop', met: true, limit: 100 },
      { criterion: 'maxBytes', met: false, limit: 10 },
    ]);
    await writeFile(criteria, '{"maxDrop": 100}');
    const met = await calibrant(args);
    expect({ code: met.code, line: /\nmet: Top-1 (lost|gained) \S+ points of 40 images; it may lose 100\./.test(met.stdout) }).toEqual({ code: 0, line: true });
    const alone = await calibrant(['evaluate', quantized, '--data', data, '--samples', '4', '--criteria', criteria]);
    expect(alone.code).toBe(3);
    expect(alone.stdout).toMatch(/\nnot told: How much top-1 dropped cannot be told/);
  });

  it('diagnoses', async () => {
    const result = parse(DiagnoseResultSchema, await calibrant(['diagnose', model, quantized, '--data', data, '--samples', '4', '--json']));
    expect(result.images).toBe(4);
    expect(result.tensors.length).toBeGreaterThan(5);
    expect((await calibrant(['diagnose', model, quantized, '--data', data, '--samples', '2'])).stdout).toMatch(/\d dB/);
  });
});

describe('what goes wrong leaves no file', () => {
  it.each([
    ['a model that is not there', ['none.onnx', '--data', data], 2, 'model-not-found'],
    ['a model that is none', [join(ROOT, 'package.json'), '--data', data], 2, 'model-'],
    ['data that is not there', [model, '--data', 'none'], 2, 'data-not-found'],
    ['an output folder that is not there', [model, '--data', data, '--samples', '2'], 1, 'output-not-writable'],
  ])('%s', async (_name, args, exitCode, code) => {
    const empty = await mkdtemp(join(tmpdir(), 'calibrant-empty-'));
    const out = code === 'output-not-writable' ? 'no/such/q.onnx' : 'q.onnx';
    const result = await calibrant(['quantize', ...args, '--out', out, '--json'], { cwd: empty });
    expect(result).toMatchObject({ code: exitCode, stdout: '' });
    expect(result.stderr).toMatch(new RegExp(`calibrant: [^\\n]+ \\[${code}[^\\n]*\\]\\n$`));
    expect(await readdir(empty)).toEqual([]);
  });

  it('the float model under another of its names', async () => {
    const empty = await mkdtemp(join(tmpdir(), 'calibrant-link-'));
    await writeFile(join(empty, 'm.onnx'), await readFile(model));
    await link(join(empty, 'm.onnx'), join(empty, 'same.onnx'));
    const result = await calibrant(['quantize', 'm.onnx', '--data', data, '--out', 'same.onnx'], { cwd: empty });
    expect(result).toMatchObject({ code: 2, stdout: '' });
    expect(Buffer.compare(await readFile(join(empty, 'm.onnx')), await readFile(model))).toBe(0);
  });

  it('Ctrl-C, which a terminal sends to the whole process group', async () => {
    const empty = await mkdtemp(join(tmpdir(), 'calibrant-stop-'));
    const args = [join(ROOT, 'src-main/hosts/cli/main.ts'), 'quantize', model, '--data', data, '--samples', '400', '--out', join(empty, 'q.onnx'), '--json'];
    const child = spawn(process.execPath, args, { detached: true });
    let out = '';
    let err = '';
    child.stdout.on('data', (text) => (out += String(text)));
    const started = new Promise<void>((go) => child.stderr.on('data', (text) => ((err += String(text)), go())));
    await started;
    process.kill(-(child.pid ?? 0), 'SIGINT');
    const code = await new Promise((done) => child.on('close', done));
    expect({ code, out }).toEqual({ code: 130, out: '' });
    expect(err).toContain('[job-cancelled]');
    expect(await readdir(empty)).toEqual([]);
  });
});
