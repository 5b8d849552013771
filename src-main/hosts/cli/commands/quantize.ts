import { realpath, stat } from 'node:fs/promises';
import type { Command } from 'commander';
import { CalibrantError } from '../../../contract/errors.ts';
import type { QuantizeResult } from '../../../contract/results.ts';
import { bytes, counted, problemLines, seconds, significant, skippedText, table } from '../format.ts';
import { runJob } from '../job.ts';
import { addData, addJson, dataOf, type DataFlags } from '../options.ts';
import { addRecipe, recipeOf, type RecipeFlags } from '../recipe-options.ts';
import type { Terminal } from '../terminal.ts';

type Flags = RecipeFlags & Partial<DataFlags> & { out: string; json?: true };

export function addQuantize(program: Command, terminal: Terminal): void {
  const command = program
    .command('quantize <model>')
    .description('a float model into an INT8 model')
    .requiredOption('--out <file>', 'where the INT8 model goes');
  addJson(addRecipe(addData(command))).action(async (typed: string, flags: Flags) => {
    const [model, output] = [terminal.path(typed), terminal.path(flags.out)];
    const recipe = await recipeOf(flags, terminal);
    const data = await dataOf({ ...flags, seed: recipe.seed }, terminal, 'quantize');
    await refuseBadOutput(model, output);
    const result = await runJob<'quantize'>({ kind: 'quantize', model, data, recipe, output }, terminal);
    terminal.result(flags.json ? JSON.stringify(result) : summary(result));
  });
}

/** The input is not overwritten, not even under another of its names. */
async function refuseBadOutput(model: string, output: string): Promise<void> {
  const facts = await stat(output).catch(() => null);
  if (facts?.isDirectory()) throw new CalibrantError('usage-bad-value', `--out takes a file, and ${output} is a folder.`);
  const sameFile = facts !== null && (await realpath(output)) === (await realpath(model).catch(() => null));
  const sameInode = facts !== null && facts.ino !== 0 && facts.ino === (await stat(model).catch(() => null))?.ino;
  if (sameFile || sameInode) throw new CalibrantError('usage-bad-value', `--out names the float model itself; it would be lost. Choose another name.`);
}

function summary(result: QuantizeResult): string {
  const { sizeBytes: size, nodes, seconds: time } = result;
  const rows = [
    ['written', `${result.output}  ${bytes(size.quantized)} (float ${bytes(size.float)}, ${significant((100 * size.quantized) / size.float)} % of it)`],
    ['nodes', `${nodes.integer} in integers, ${nodes.float} in float`],
    ['calibrated', `${counted(result.images, 'image')}${skippedText(result.skipped)}`],
    ['recipe', `${result.recipe.activations} activations, ${result.recipe.weights} weights ${result.recipe.granularity}, ${result.recipe.range}`],
    ['time', `statistics ${seconds(time.statistics)}, parameters ${seconds(time.parameters)}, emit ${seconds(time.emit)}`],
    ['peak memory', bytes(result.peakRssBytes)],
  ];
  return table(rows) + problemLines(result.warnings);
}
