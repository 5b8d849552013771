import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { calibrant, ROOT } from './cli.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'calibrant usage ä-'));
  await writeFile(join(folder, 'm.onnx'), 'x');
  await writeFile(join(folder, 'bad.json'), '{"weights": "int3"}');
  await writeFile(join(folder, 'broken.json'), '{');
});

const quantize = ['quantize', 'm.onnx', '--out', 'q.onnx', '--data', '.'];

describe('wrong usage ends with 2, one sentence with its code on stderr, nothing on stdout and no file', () => {
  it.each([
    ['an unknown command', ['quantise', 'm.onnx'], 'usage-unknown-command'],
    ['an unknown option', [...quantize, '--wieghts', 'int8'], 'usage-unknown-option'],
    ['too many arguments', [...quantize, 'n.onnx'], 'usage-unknown-option'],
    ['a missing argument', ['inspect'], 'usage-bad-value'],
    ['no --out', ['quantize', 'm.onnx', '--data', '.'], 'usage-bad-value'],
    ['no --data', ['quantize', 'm.onnx', '--out', 'q.onnx'], 'usage-bad-value'],
    ['an option without its value', ['quantize', 'm.onnx', '--data', '.', '--out'], 'usage-bad-value'],
    ['an unknown value', [...quantize, '--weights', 'int3'], 'usage-bad-value'],
    ['no number', [...quantize, '--samples', '1e3'], 'usage-bad-value'],
    ['a number too small', [...quantize, '--samples', '0'], 'usage-bad-value'],
    ['a seed that is none', [...quantize, '--seed', '-1'], 'usage-bad-value'],
    ['a port that is none', ['serve', '--port', '70000'], 'usage-bad-value'],
    ['a recipe with an unknown value', [...quantize, '--recipe', 'bad.json'], 'recipe-invalid'],
    ['a recipe that is not there', [...quantize, '--recipe', 'none.json'], 'recipe-invalid'],
    ['preprocessing that is no JSON', [...quantize, '--preprocess', 'broken.json'], 'preprocess-invalid'],
    ['a task that is none', ['evaluate', 'm.onnx', '--data', '.', '--task', 'bad.json'], 'task-invalid'],
    ['criteria with an unknown limit', ['evaluate', 'm.onnx', '--data', '.', '--criteria', 'bad.json'], 'criteria-invalid'],
    ['an accuracy that is stated for nothing', ['evaluate', 'm.onnx', '--data', '.', '--stated', '70'], 'usage-bad-value'],
    ['an accuracy above 100', ['evaluate', 'm.onnx', '--data', '.', '--gate', '--stated', '170'], 'usage-bad-value'],
    ['the float model as output', ['quantize', 'm.onnx', '--data', '.', '--out', './x/../m.onnx'], 'usage-bad-value'],
    ['a folder as output', ['quantize', 'm.onnx', '--data', '.', '--out', '.'], 'usage-bad-value'],
    ['a format of later', [...quantize, '--format', 'tflite'], 'usage-not-supported-yet'],
    ['an option of later', [...quantize, '--device', 'artpec8'], 'usage-not-supported-yet'],
    ['a command of later', ['convert', 'm.onnx', '--to', 'tflite', '--out', 'm.tflite'], 'usage-not-supported-yet'],
    ['another command of later', ['devices', '--json'], 'usage-not-supported-yet'],
  ])('%s', async (_name, args, code) => {
    const before = await readdir(folder);
    const { code: exitCode, stdout, stderr } = await calibrant(args, { cwd: folder });
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toMatch(new RegExp(`^calibrant: [^\\n]+ \\[${code}\\]\\n$`));
    expect(await readdir(folder)).toEqual(before);
  });

  it('no command at all shows the help on stderr', async () => {
    const { code, stdout, stderr } = await calibrant([]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('quantize');
  });
});

describe('help', () => {
  it('lists what there is, and not what is to come', async () => {
    const { code, stdout, stderr } = await calibrant(['--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.match(/^ {2}(\w+)/gm)?.map((line) => line.trim())).toEqual([
      'inspect',
      'quantize',
      'evaluate',
      'diagnose',
      'doctor',
      'projects',
      'runs',
      'serve',
      'sample',
      'report',
    ]);
  });

  it('of quantize names the recipe options of design, and no others', async () => {
    const { stdout } = await calibrant(['quantize', '--help']);
    const options = [...stdout.matchAll(/^ {2}(?:-\w, )?(--[\w-]+)/gm)].map((match) => match[1]);
    expect(options).toEqual([
      '--out', '--cache', '--no-cache', '--data', '--preprocess', '--seed', '--goal', '--format', '--weights', '--activations', '--granularity', '--weight-symmetry',
      '--weight-codes', '--range', '--input-type', '--output-type', '--weight-only-form', '--target', '--already-quantized', '--percentile',
      '--symmetric-activations', '--block-size', '--samples', '--exclude', '--exclude-op', '--override', '--ort-parity', '--recipe', '--json', '--help',
    ]); // prettier-ignore
  });
});

describe('projects', () => {
  it('are none in a folder where nothing was ever stored, and the folder stays so', async () => {
    const home = join(folder, 'home');
    expect(await calibrant(['projects', '--json', '--home', home])).toMatchObject({ code: 0, stdout: '[]\n' });
    expect((await calibrant(['projects', 'list', '--home', home])).stdout).toContain('No projects yet');
    expect(await calibrant(['projects', 'show', 'p1', '--home', home])).toMatchObject({ code: 1, stdout: '' });
    expect(await readdir(folder)).not.toContain('home');
  });
});

it('an old Node gets one clear line', ({ skip }) => {
  const old = ['/usr/bin/node', '/usr/local/bin/node'].find((node) => {
    try {
      return /^v(1\d|20|21)\./.test(execFileSync(node, ['--version'], { encoding: 'utf8' }));
    } catch {
      return false;
    }
  });
  if (!old) return skip('no old Node here');
  const outcome = (() => {
    try {
      return execFileSync(old, [join(ROOT, 'src-main/hosts/cli/calibrant.js'), '--version'], { encoding: 'utf8', stdio: 'pipe' });
    } catch (thrown) {
      return thrown as { status: number; stderr: string };
    }
  })();
  expect(outcome).toMatchObject({ status: 1, stderr: expect.stringMatching(/^calibrant: This is Node .* needs 22\.18 or newer.*\n$/) as unknown });
});
