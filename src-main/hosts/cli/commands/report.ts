import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import { askOnce, defaultHome, forkRunner, openRunReport } from '../../../app/index.ts';
import { CalibrantError } from '../../../contract/errors.ts';
import { PLACES } from '../../places.ts';
import { bytes as sizeText, table } from '../format.ts';
import { addJson } from '../options.ts';
import type { Terminal } from '../terminal.ts';

interface Flags {
  home?: string;
  out?: string;
  json?: true;
}

/** Reads only, so that it may be asked while a window is open on the same data. */
export function addReport(program: Command, terminal: Terminal): void {
  const command = program
    .command('report [run]')
    .description('the report of a finished run: HTML, PDF, JSON, every table as CSV, every chart as PNG')
    .option('--out <folder>', 'where the files go (calibrant-report)')
    .option('--home <folder>', 'the data folder');
  addJson(command).action(async (wanted: string | undefined, { home, out, json }: Flags) => {
    const report = await openRunReport(home === undefined ? defaultHome() : terminal.path(home), wanted ?? null);
    // For scripts that only want the numbers nothing is written unless they say where.
    if (json && out === undefined) return terminal.result(report.json());
    const folder = terminal.path(out ?? 'calibrant-report');
    const files = await report.files((pictures, scale) => askOnce(forkRunner(PLACES.runnerEntry), 'drawPictures', { pictures, scale }));
    for (const { name, bytes } of files) await writeWhole(join(folder, name), bytes);
    if (json) return terminal.result(report.json());
    const rows = files.map(({ name, bytes }) => [join(folder, name), sizeText(bytes.length)]);
    terminal.result(`${report.row.name}: ${report.verdict}\n${table(rows)}`);
  });
}

async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  const temporary = `${path}.tmp`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(temporary, bytes);
    await rename(temporary, path);
  } catch (cause) {
    const { code = '', message } = cause as NodeJS.ErrnoException;
    if (code === 'ENOSPC') throw new CalibrantError('disk-full', `The disk is full: ${path} cannot be written; free some room or choose another --out.`);
    throw new CalibrantError('output-not-writable', `${path} cannot be written (${code || message}); choose another --out.`, undefined, cause);
  }
}
