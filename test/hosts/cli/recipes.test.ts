import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { DEFAULT_RECIPE, type Recipe } from '../../../src-main/contract/recipe.ts';
import { QuantizeResultSchema, type QuantizeResult } from '../../../src-main/contract/results.ts';
import { readModel } from '../../../src-main/core/onnx/read.ts';
import { run } from '../../../src-main/hosts/cli/program.ts';
import { createTerminal } from '../../../src-main/hosts/cli/terminal.ts';
import { ROOT, type Finished } from './cli.ts';

const MODEL = join(ROOT, 'resources/sample/model.onnx');
const DATA = join(ROOT, 'resources/sample/images');
const STEM = '/2/Clip_output_0';

const folder = mkdtempSync(join(tmpdir(), 'calibrant recipes ä-'));
const file = (name: string, content: string): string => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};

/** The command line without a process of its own: jobs still run in theirs. */
async function calibrant(args: readonly string[]): Promise<Finished> {
  const finished: Finished = { code: null, stdout: '', stderr: '' };
  const stream = (to: 'stdout' | 'stderr') => ({ write: (text: string) => Boolean((finished[to] += text)) });
  finished.code = await run(args, createTerminal(stream('stdout') as never, stream('stderr') as never, new AbortController().signal));
  return finished;
}

async function refused(args: readonly string[], code: string, says: RegExp): Promise<void> {
  const before = readdirSync(folder);
  const { stdout, stderr, code: exitCode } = await calibrant(args);
  expect({ exitCode, stdout }, stderr).toEqual({ exitCode: 2, stdout: '' });
  const sentence = stderr.trimEnd().split('\n').at(-1) ?? '';
  expect(sentence).toMatch(new RegExp(`^calibrant: [A-Z-].*[.…] \\[${code}\\]$`));
  expect(sentence).toMatch(says);
  expect(readdirSync(folder)).toEqual(before);
}

/** Neither the model nor the data is there: what is said first is about the recipe, so nothing has been looked at yet. */
const early = ['quantize', 'no such model.onnx', '--out', join(folder, 'q.onnx'), '--data', 'no such folder'];

describe('a recipe that cannot be is refused before any work, and the sentence says what can', () => {
  it.each<[string, string[], string, RegExp]>([
    ['types without a kernel', ['--activations', 'int8', '--weights', 'uint8'], 'recipe-invalid', /take int8 weights, or uint8 activations/],
    ['16 bits as integer operators', ['--format', 'qoperator', '--activations', 'int16'], 'recipe-invalid', /take the format qdq/],
    ['4 bits as integer operators', ['--format', 'dynamic', '--weights', 'int4'], 'recipe-invalid', /take int8 weights/],
    ['float activations as QDQ', ['--activations', 'float'], 'recipe-invalid', /take the format weight-only/],
    ['asymmetric weights per channel', ['--weight-symmetry', 'asymmetric'], 'recipe-invalid', /symmetric weights, or per-tensor/],
    ['blocks per tensor', ['--block-size', '32', '--granularity', 'per-tensor'], 'recipe-invalid', /take per-channel/],
    ['blocks where there are none', ['--block-size', '32', '--format', 'qoperator'], 'recipe-invalid', /leave the block size out/],
    [
      'MatMulNBits with odd blocks',
      ['--format', 'weight-only', '--weights', 'int4', '--weight-only-form', 'contrib', '--block-size', '48'],
      'recipe-invalid',
      /MatMulNBits needs/,
    ],
    ['a form that belongs to another format', ['--weight-only-form', 'contrib'], 'recipe-invalid', /leave it out/],
    ['codes at the ends of a float model', ['--format', 'weight-only', '--input-type', 'quantized'], 'recipe-invalid', /leave them float/],
    ['TFLite’s rules with other activations', ['--target', 'tflite'], 'recipe-invalid', /take int8/],
    ['parity with a method that the tool does not have', ['--ort-parity', '--range', 'mse'], 'recipe-invalid', /take minmax/],
    ['parity in another format', ['--ort-parity', '--format', 'dynamic'], 'recipe-invalid', /formats qdq and qoperator/],
    [
      'an override that the format cannot hold',
      ['--format', 'qoperator', '--override', 'x:type=int16'],
      'recipe-invalid',
      /override of x asks for int16.*uint8, int8/,
    ],
    ['a percentile without its range', ['--percentile', '99.9'], 'recipe-invalid', /--percentile changes nothing with the range mse; leave it out/],
    ['a range where none is found', ['--format', 'dynamic', '--range', 'entropy'], 'recipe-invalid', /--range changes nothing with the format dynamic/],
    ['integer weights in half precision', ['--format', 'float16', '--weights', 'int4'], 'recipe-invalid', /--weights changes nothing with the format float16/],
    ['a symmetry in half precision', ['--format', 'float16', '--weight-symmetry', 'symmetric'], 'recipe-invalid', /--weight-symmetry changes nothing/],
    ['a goal that is none', ['--goal', 'fastest'], 'usage-bad-value', /--goal takes one of balanced, /],
    ['a range that is none', ['--range', 'kl'], 'usage-bad-value', /--range takes one of mse, minmax, moving-average, percentile, entropy, octav, not "kl"/],
    ['a percentile that is none', ['--range', 'percentile', '--percentile', '101'], 'usage-bad-value', /from 50 to 100/],
    ['a block size that is none', ['--block-size', '1'], 'usage-bad-value', /--block-size takes a whole number from 2/],
    ['a format that is yet to come', ['--format', 'tflite'], 'usage-not-supported-yet', /--format tflite is not there yet/],
    ['an override without a tensor', ['--override', ':type=int8'], 'usage-bad-value', /no tensor is named/],
    ['an override without keys', ['--override', 'conv1'], 'usage-bad-value', /no tensor is named/],
    ['an override without a value', ['--override', 'x:type'], 'usage-bad-value', /"type" has no value/],
    ['an override of an unknown key', ['--override', 'x:kind=int8'], 'usage-bad-value', /"kind"/],
    ['an override with an unknown type', ['--override', 'x:type=int3'], 'usage-bad-value', /"type" is "int3"/],
    ['an override with half a range', ['--override', 'x:min=1'], 'usage-bad-value', /needs both "min" and "max"/],
    ['an override with an empty range', ['--override', 'x:min=1,max=-1'], 'usage-bad-value', /the whole has its "min" above its "max"/],
    ['an override with a range beyond float32', ['--override', 'x:min=-1e39,max=1e39'], 'usage-bad-value', /has a range that is too wide/],
    ['an override with half a scale', ['--override', 'x:scale=0.1'], 'usage-bad-value', /needs "scale" and "zeroPoint" together/],
    ['an override with a scale of zero', ['--override', 'x:scale=0,zeroPoint=0'], 'usage-bad-value', /"scale"/],
    ['an override with a scale that is zero in float32', ['--override', 'x:scale=1e-60,zeroPoint=0'], 'usage-bad-value', /"scale" must be above 0/],
    ['an override with a scale that is infinite in float32', ['--override', 'x:scale=1e60,zeroPoint=0'], 'usage-bad-value', /"scale" must be above 0/],
    ['an override with both', ['--override', 'x:min=0,max=1,scale=1,zeroPoint=0'], 'usage-bad-value', /has a range and a scale/],
    ['more samples than can be', ['--samples', '99999999'], 'usage-bad-value', /"samples" must be <=1000000/],
    ['a block that is too large', ['--block-size', '99999'], 'usage-bad-value', /"blockSize" must be <=65536/],
    ['an empty name of a node', ['--exclude', ''], 'usage-bad-value', /"exclude.0" has the length 0, and must have >=1/],
    ['a name of a node that is too long', ['--exclude', 'n'.repeat(501)], 'usage-bad-value', /has the length 501, and must have <=500/],
    ['an override with no number', ['--override', 'x:min=low,max=high'], 'usage-bad-value', /"min"/],
    ['one tensor overridden twice', ['--override', 'x:type=int8', '--override', 'x:symmetric=true'], 'usage-bad-value', /x is overridden twice/],
  ])('%s', async (_name, args, code, says) => refused([...early, ...args], code, says));

  it('also from a file, and from a file and an option together', async () => {
    await refused([...early, '--recipe', file('clash.json', '{"format":"qoperator","weights":"int4"}')], 'recipe-invalid', /take int8 weights/);
    await refused([...early, '--recipe', file('dynamic.json', '{"format":"dynamic"}'), '--symmetric-activations'], 'recipe-invalid', /DynamicQuantizeLinear/);
    await refused([...early, '--recipe', file('unknown.json', '{"bits":8}')], 'recipe-invalid', /"bits"/);
    await refused([...early, '--recipe', file('override.json', '{"overrides":{"x":{"min":1}}}')], 'recipe-invalid', /needs both/);
    await refused([...early, '--recipe', file('text.json', 'not\nJSON\n')], 'recipe-invalid', /is not valid JSON/);
    await refused([...early, '--recipe', folder], 'recipe-invalid', /it is a folder/);
    await refused([...early, '--recipe', file('bom.json', '\uFEFF{"format":"qoperator","weights":"int4"}')], 'recipe-invalid', /take int8 weights/);
  });
});

/** Into a file of its own; the images are looked at once for all that observe the same tensors. */
async function quantize(name: string, args: readonly string[], images = true): Promise<QuantizeResult> {
  const data = images ? ['--data', DATA, '--samples', '6'] : [];
  const cache = ['--cache', join(folder, 'cache')];
  const { code, stdout, stderr } = await calibrant(['quantize', MODEL, '--out', join(folder, `${name}.onnx`), '--json', ...data, ...cache, ...args]);
  expect(code, stderr).toBe(0);
  expect(stdout).toMatch(/^\{[^\n]*\}\n$/);
  return v.parse(QuantizeResultSchema, JSON.parse(stdout));
}

const operators = (name: string): Set<string> => new Set(readModel(new Uint8Array(readFileSync(join(folder, `${name}.onnx`)))).graph.nodes.map(({ op }) => op));

describe.concurrent('options become the recipe, and the recipe the file', { timeout: 60_000 }, () => {
  it.for<[string, string[], Partial<Recipe>, string[]]>([
    ['a goal', ['--goal', 'npu-tflite'], { activations: 'int8', target: 'tflite' }, ['QuantizeLinear', 'DequantizeLinear', 'Conv']],
    [
      'QOperator',
      ['--format', 'qoperator', '--granularity', 'per-tensor', '--weight-codes', 'reduced'],
      { format: 'qoperator', granularity: 'per-tensor', weightCodes: 'reduced' },
      ['QLinearConv', 'QGemm', 'QLinearAdd'],
    ],
    [
      'codes at both ends',
      ['--input-type', 'quantized', '--output-type', 'quantized'],
      { inputType: 'quantized', outputType: 'quantized' },
      ['QuantizeLinear'],
    ],
    [
      'overrides and exclusions',
      ['--override', `${STEM}:type=uint16`, '--override', '15.weight:granularity=per-tensor', '--exclude', '/3/.*', '--exclude-op', 'GlobalAveragePool'],
      { exclude: ['/3/.*'], excludeOps: ['GlobalAveragePool'], overrides: { [STEM]: { type: 'uint16' }, '15.weight': { granularity: 'per-tensor' } } },
      ['QuantizeLinear'],
    ],
    ['parity, whose default range is the tool’s', ['--ort-parity'], { ortParity: true, range: 'minmax' }, ['QuantizeLinear']],
  ])('%s', async ([name, args, recipe, ops]) => {
    const result = await quantize(name, args);
    expect(result.recipe).toEqual({ ...DEFAULT_RECIPE, samples: 6, ...recipe });
    expect([...operators(name)]).toEqual(expect.arrayContaining(ops));
    expect(result.placements.every(({ reason }) => reason.length > 0)).toBe(true);
    if (recipe.overrides) expect(result.tensors.find((tensor) => tensor.name === STEM)?.type).toBe('uint16');
    if (recipe.ortParity) expect(result.differences).toEqual([]);
  });

  it.for<[string, string[], Partial<Recipe>, string[]]>([
    ['dynamic', ['--goal', 'no-images'], { format: 'dynamic' }, ['DynamicQuantizeLinear']],
    ['weight-only', ['--goal', 'smallest', '--block-size', '16'], { format: 'weight-only', weights: 'int4', blockSize: 16 }, ['DequantizeLinear', 'Conv']],
    ['half precision', ['--format', 'float16', '--input-type', 'quantized'], { format: 'float16', inputType: 'quantized' }, ['Conv']],
  ])('%s, which needs no images', async ([name, args, recipe, ops]) => {
    const result = await quantize(name, args, false);
    expect(result).toMatchObject({ recipe: { ...DEFAULT_RECIPE, ...recipe }, images: 0, statistics: 'none' });
    expect([...operators(name)]).toEqual(expect.arrayContaining(ops));
  });

  it('the summary says what the weights share their scales with, and where ranges come from when no image was looked at', async () => {
    const [first, second] = [join(folder, 'blocks.onnx'), join(folder, 'kept.onnx')];
    const blocks = await calibrant(['quantize', MODEL, '--out', first, '--goal', 'smallest', '--no-cache']);
    expect(blocks.stdout).toMatch(/^recipe +weight-only, int4 weights in blocks of 32 or per-channel$/m);
    expect(blocks.stdout).toMatch(/^calibrated +on no images: the format needs none$/m);
    await quantize('quantized', []);
    const kept = await calibrant(['quantize', join(folder, 'quantized.onnx'), '--out', second, '--data', DATA, '--already-quantized', 'keep', '--no-cache']);
    expect(kept.stdout).toMatch(/^calibrated +on no images: the model came with its ranges$/m);
  });

  it('an option wins over a file, and a file over a goal', async () => {
    const recipe = file('mine.json', '{"weightCodes":"full","range":"minmax","activations":"uint8"}');
    const result = await quantize('layers', ['--goal', 'arm', '--recipe', recipe, '--range', 'octav']);
    expect(result.recipe).toEqual({ ...DEFAULT_RECIPE, samples: 6, weightCodes: 'full', activations: 'uint8', range: 'octav' });
  });
});

describe.concurrent('what does not fit the model is refused, and no file is left', { timeout: 60_000 }, () => {
  const args = ['quantize', MODEL, '--out', join(folder, 'none.onnx'), '--data', DATA, '--samples', '2', '--no-cache'];
  it.for<[string, string[], RegExp]>([
    ['an override of a tensor that is not there', ['--override', '15.wieght:type=uint8'], /does not have.*Near to it: .*15\.weight/],
    ['an exclusion that matches nothing', ['--exclude', '/15/Gem'], /“\/15\/Gem”.*Near to it: \/15\/Gemm/],
    ['an operator that is not there', ['--exclude-op', 'Softmax'], /operator Softmax.*it has Conv, Clip/],
  ])('%s', async ([, more, says]) => {
    const { code, stdout, stderr } = await calibrant([...args, ...more]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr.trimEnd().split('\n').at(-1)).toMatch(/^calibrant: .* \[recipe-invalid\]$/);
    expect(stderr).toMatch(says);
    expect(readdirSync(folder).filter((name) => name.includes('none.onnx'))).toEqual([]);
  });
});
