import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { openStore } from '../../../src-main/store/store.ts';
import { seed } from '../../store/seeded.ts';
import { calibrant } from './cli.ts';

let folder: string;
let home: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'calibrant report ä-'));
  home = join(folder, 'home');
  const store = await openStore(home);
  const { start, finish } = await seed(store);
  await finish(start('first'));
  start('never ended');
  store.close();
});

describe('the report of a run, from the terminal', () => {
  it('writes every form, and says where', async () => {
    const out = join(folder, 'out ö');
    const { code, stdout } = await calibrant(['report', '--home', home, '--out', out]);
    expect(code).toBe(0);
    expect(stdout).toContain(join(out, 'report.html'));
    const files = await readdir(out, { recursive: true });
    for (const file of ['report.html', 'report.pdf', 'report.json', join('tables', 'summary.csv'), join('charts', 'sqnr.png')]) expect(files).toContain(file);
    expect(files.filter((name) => name.endsWith('.tmp'))).toEqual([]);
    expect((await readFile(join(out, 'report.pdf'))).subarray(0, 5).toString()).toBe('%PDF-');
  });

  it('prints one JSON document and writes nothing unless told where', async () => {
    const { code, stdout } = await calibrant(['report', 'first', '--home', home, '--json'], { cwd: folder });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^\{[^\n]*\}\n$/);
    expect(JSON.parse(stdout)).toMatchObject({ format: 'calibrant-report', version: 1, row: { name: 'first' } });
    expect(await readdir(folder)).not.toContain('calibrant-report');
  });

  it.each([
    ['a run that is not there', ['report', 'nowhere'], 'There is no run "nowhere"; there is first ('],
    ['a run that never ended', ['report', 'never ended'], 'has no results yet'],
  ])('says so of %s', async (_, args, message) => {
    const { code, stdout, stderr } = await calibrant([...args, '--home', home]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(message);
  });

  it('a place that cannot be written is named', async () => {
    await writeFile(join(folder, 'file'), '');
    const { code, stderr } = await calibrant(['report', '--home', home, '--out', join(folder, 'file')]);
    expect(code).toBe(1);
    expect(stderr).toContain('[output-not-writable]');
  });
});
