import { readFile } from 'node:fs/promises';
import { Option, type Command } from 'commander';
import * as v from 'valibot';
import type { DataSpec } from '../../contract/data.ts';
import { CalibrantError, type ErrorCode } from '../../contract/errors.ts';
import { issueText } from '../../contract/issues.ts';
import { PreprocessSchema, type Preprocess } from '../../contract/preprocess.ts';
import type { Seed } from '../../contract/recipe.ts';
import { TaskSchema } from '../../contract/task.ts';
import type { Terminal } from './terminal.ts';

export interface DataFlags {
  data: string;
  preprocess?: string;
  task?: string;
  seed?: Seed;
}

/** How many and which samples are measured. */
export interface SampleFlags {
  samples?: number;
  skipSamples?: number;
}

const badValue = (flag: string, wants: string, text: string): CalibrantError => new CalibrantError('usage-bad-value', `${flag} takes ${wants}, not "${text}".`);

export function notYet(what: string): CalibrantError {
  return new CalibrantError('usage-not-supported-yet', `${what} is not there yet; this version of Calibrant cannot do it.`);
}

/** A parser for whole numbers from `least`. */
export function wholeNumber(flag: string, least: number): (text: string) => number {
  return (text) => {
    if (!/^\d{1,9}$/.test(text) || Number(text) < least) throw badValue(flag, `a whole number from ${least}`, text);
    return Number(text);
  };
}

/** A parser for a number from 0 to 100. */
export function percentage(flag: string): (text: string) => number {
  return (text) => {
    if (!/^\d{1,3}(\.\d+)?$/.test(text) || Number(text) > 100) throw badValue(flag, 'a number from 0 to 100', text);
    return Number(text);
  };
}

function seed(text: string): Seed {
  if (text === 'none') return 'none';
  if (!/^\d{1,10}$/.test(text) || Number(text) > 0xffffffff) throw badValue('--seed', 'a whole number from 0 to 4294967295, or "none"', text);
  return Number(text);
}

/** A parser for one word of a list, of which this version can do some. */
export function oneOf(flag: string, known: readonly string[], supported: readonly string[]): (text: string) => string {
  return (text) => {
    if (supported.includes(text)) return text;
    if (known.includes(text)) throw notYet(`${flag} ${text}`);
    throw badValue(flag, `one of ${known.join(', ')}`, text);
  };
}

export function addJson(command: Command): Command {
  return command.option('--json', 'print one JSON document instead of a summary');
}

export function addData(command: Command): Command {
  return command
    .option('--data <folder>', 'images (a folder per class, labels.csv, COCO JSON, masks), or features')
    .option('--preprocess <file>', 'how an image becomes a tensor, instead of preprocess.json beside the data')
    .addOption(new Option('--seed <number>', 'shuffles the sorted data; "none" keeps it sorted').argParser(seed));
}

export function addTask(command: Command): Command {
  return command.option('--task <file>', 'what the model is for and how its outputs are read, instead of task.json beside the data');
}

export function addSamples(command: Command): Command {
  return command
    .addOption(new Option('--samples <count>', 'how many images are measured (all)').argParser(wholeNumber('--samples', 1)))
    .addOption(
      new Option('--skip-samples <count>', 'leaves out the first images of the shuffled order: those that calibrated').argParser(
        wholeNumber('--skip-samples', 0),
      ),
    );
}

/** The data of a command; `command` names it where the folder is missing. */
export async function dataOf(flags: Partial<DataFlags>, terminal: Terminal, command: string): Promise<DataSpec> {
  if (flags.data === undefined) throw new CalibrantError('usage-bad-value', `${command} needs --data FOLDER, the images to work on.`);
  const preprocess = flags.preprocess === undefined ? {} : { preprocess: await readPreprocess(terminal.path(flags.preprocess)) };
  const task = flags.task === undefined ? {} : { task: await readJson(terminal.path(flags.task), TaskSchema, 'task-invalid', 'task') };
  return { path: terminal.path(flags.data), seed: flags.seed ?? 0, ...preprocess, ...task };
}

const readPreprocess = (path: string): Promise<Preprocess> => readJson(path, PreprocessSchema, 'preprocess-invalid', 'preprocessing');

const UNREADABLE: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'you have no permission to read it',
};

/** A JSON file that the user wrote, checked. Throws `code`, naming the file and the first thing wrong with it. */
export async function readJson<S extends v.GenericSchema>(path: string, schema: S, code: ErrorCode, what: string): Promise<v.InferOutput<S>> {
  const fail = (reason: string): CalibrantError => new CalibrantError(code, `The ${what} in ${path} cannot be used: ${reason}.`);
  const text = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw fail(UNREADABLE[cause.code ?? ''] ?? cause.code ?? cause.message);
  });
  let value: unknown;
  try {
    // Windows' Notepad begins UTF-8 with a byte order mark.
    value = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (cause) {
    // It quotes the file, line breaks and control characters included.
    throw fail((cause as Error).message.replace(/[\s\p{Cc}\p{Cf}]+/gu, ' '));
  }
  const checked = v.safeParse(schema, value);
  if (checked.success) return checked.output;
  throw fail(issueText(checked.issues[0]));
}
