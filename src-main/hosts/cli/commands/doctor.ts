import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import type { DoctorResult } from '../../../contract/evidence.ts';
import { counted, percent, problemLines, significant, skippedText, table } from '../format.ts';
import { runJob } from '../job.ts';
import { addData, addJson, dataOf, type DataFlags } from '../options.ts';
import { addRecipe, recipeOf, type RecipeFlags } from '../recipe-options.ts';
import type { Terminal } from '../terminal.ts';

type Flags = RecipeFlags & Partial<DataFlags> & { accuracy: boolean; json?: true };

/** Rows of each list in the summary; JSON has them all. */
const SHOWN = 5;

export function addDoctor(program: Command, terminal: Terminal): void {
  const command = program
    .command('doctor <model>')
    .description('whether the images that calibrate are enough, and which of them decide')
    .option('--no-accuracy', 'only looks at the images; without it, half and all of them calibrate and both results are evaluated');
  addJson(addRecipe(addData(command))).action(async (model: string, flags: Flags) => {
    const recipe = await recipeOf(flags, terminal);
    const data = await dataOf({ ...flags, seed: recipe.seed }, terminal, 'doctor');
    const work = await mkdtemp(join(tmpdir(), 'calibrant-doctor-'));
    try {
      const spec = { kind: 'doctor' as const, model: terminal.path(model), data, recipe, accuracy: flags.accuracy, work };
      const result = await runJob<'doctor'>(spec, terminal, { remarks: flags.json === true });
      terminal.result(flags.json ? JSON.stringify(result) : summary(result));
    } finally {
      await rm(work, { recursive: true, force: true });
    }
  });
}

function summary(result: DoctorResult): string {
  const { images, total, skipped, verdict, accuracy, subset, mismatch, classes } = result;
  const parts = [
    verdict.message,
    `${counted(images, 'image')} of ${total} ${images === 1 ? 'calibrates' : 'calibrate'}${skippedText(skipped)}`,
    sizesText(result),
    accuracy
      .map((one) => `calibrated on ${counted(one.images, 'image')}: ${one.metric} ${percent(one.value)} of ${counted(one.evaluated, 'other image')}`)
      .join('\n'),
    decidingText(result),
    list('far from the rest', result.outliers, ({ file, distance, tensor }) => [file, `${significant(distance)} deviations`, tensor]),
    list(result.saturated.length > images / 2 ? 'saturated, as most of these images are' : 'saturated', result.saturated, ({ file, low, high }) => [
      file,
      `${percent(low)} at black`,
      `${percent(high)} at white`,
    ]),
    mismatch?.message ?? '',
    classes && classes.missing.length > 0 ? missingText(classes) : '',
    `${counted(subset.images.length, 'image')} cover ${subset.coverage} % of every range: ${names(subset.images.map(({ file }) => file))}`,
  ];
  return parts.filter((part) => part !== '').join('\n\n') + problemLines(result.warnings);
}

function sizesText({ sizes }: DoctorResult): string {
  if (sizes.length === 0) return '';
  const rows = sizes.map((one) => [String(one.images), percent(one.median), percent(one.p5), percent(one.least)]);
  return `ranges of random subsets, of the range of all\n${table([['images', 'median', '5th percentile', 'least'], ...rows], true)}`;
}

/** Without the ones that a neighbour would replace: less than a percent of any range. */
function decidingText({ setters }: DoctorResult): string {
  const deciding = setters.filter(({ shrink }) => shrink >= 1);
  return list('images that set ranges', deciding, ({ file, ends, shrink }) => [file, counted(ends, 'end'), `up to ${percent(shrink)} of a range`]);
}

function missingText({ present, known, missing }: NonNullable<DoctorResult['classes']>): string {
  return `${missing.length} of ${known} classes have no image among those that calibrate (${present} have): ${names(missing.map((one) => one.name ?? String(one.class)))}`;
}

function list<T>(title: string, all: readonly T[], cells: (one: T) => string[]): string {
  if (all.length === 0) return '';
  const more = all.length > SHOWN ? `\n… and ${all.length - SHOWN} more` : '';
  return `${title}\n${table(all.slice(0, SHOWN).map(cells))}${more}`;
}

function names(all: readonly string[]): string {
  return all.slice(0, SHOWN).join(', ') + (all.length > SHOWN ? `, … (${all.length})` : '');
}
