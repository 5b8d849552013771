import { realpath, stat } from 'node:fs/promises';
import type { Command } from 'commander';
import { defaultHome, statisticsFolder } from '../../../app/index.ts';
import { CalibrantError } from '../../../contract/errors.ts';
import { needsImages, type Recipe } from '../../../contract/recipe.ts';
import type { QuantizeResult } from '../../../contract/results.ts';
import { bytes, counted, problemLines, seconds, significant, skippedText, table } from '../format.ts';
import { runJob } from '../job.ts';
import { addData, addJson, dataOf, type DataFlags } from '../options.ts';
import { addRecipe, recipeOf, type RecipeFlags } from '../recipe-options.ts';
import type { Terminal } from '../terminal.ts';

type Flags = RecipeFlags & Partial<DataFlags> & { out: string; cache: string | boolean; json?: true };

export function addQuantize(program: Command, terminal: Terminal): void {
  const command = program
    .command('quantize <model>')
    .description('a float model into a quantized one')
    .requiredOption('--out <file>', 'where the quantized model goes')
    .option('--cache <folder>', 'statistics of images seen before; by default in the data folder', true)
    .option('--no-cache', 'looks at the images again, and keeps nothing of them');
  addJson(addRecipe(addData(command))).action(async (typed: string, flags: Flags) => {
    const [model, output] = [terminal.path(typed), terminal.path(flags.out)];
    const recipe = await recipeOf(flags, terminal);
    const data = flags.data === undefined && !asksForImages(recipe) ? {} : { data: await dataOf({ ...flags, seed: recipe.seed }, terminal, 'quantize') };
    await refuseBadOutput(model, output);
    const cache = cacheOf(flags, terminal);
    const result = await runJob<'quantize'>({ kind: 'quantize', model, ...data, recipe, output, ...cache }, terminal, { remarks: flags.json === true });
    terminal.result(flags.json ? JSON.stringify(result) : summary(result));
  });
}

/** A model that is quantized already may have all its ranges; the runner says if not. */
function asksForImages(recipe: Recipe): boolean {
  return needsImages(recipe) && recipe.quantizedInput !== 'keep' && recipe.quantizedInput !== 'keep-ranges';
}

function cacheOf({ cache }: Flags, terminal: Terminal): { cache?: string } {
  if (cache === false) return {};
  return { cache: typeof cache === 'string' ? terminal.path(cache) : statisticsFolder(defaultHome()) };
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
  const { sizeBytes: size, seconds: time, recipe } = result;
  const rows = [
    ['written', `${result.output}  ${bytes(size.quantized)} (float ${bytes(size.float)}, ${significant((100 * size.quantized) / size.float)} % of it)`],
    ...result.external.map(({ name, bytes: length }) => ['beside it', `${name}  ${bytes(length)}`]),
    ['nodes', nodesText(result)],
    ['calibrated', calibration(result)],
    ['recipe', recipeText(recipe)],
    ['time', `statistics ${seconds(time.statistics)}, parameters ${seconds(time.parameters)}, emit ${seconds(time.emit)}`],
    ['peak memory', bytes(result.peakRssBytes)],
  ];
  return table(rows) + problemLines(result.warnings) + problemLines(result.differences);
}

function nodesText({ nodes, placements, recipe }: QuantizeResult): string {
  const half = placements.filter(({ placement }) => placement === 'float16').length;
  if (recipe.format === 'weight-only') return `${nodes.integer} with quantized weights, ${nodes.float} without; all compute in float`;
  return half > 0 ? `${half} in half precision, ${nodes.float - half} in float` : `${nodes.integer} in integers, ${nodes.float} in float`;
}

function calibration({ statistics, images, skipped, recipe }: QuantizeResult): string {
  if (statistics === 'none') return `on no images: ${needsImages(recipe) ? 'the model came with its ranges' : 'the format needs none'}`;
  return `${counted(images, 'image')}${skippedText(skipped)}${statistics === 'cached' ? ', known from an earlier run' : ''}`;
}

function recipeText({ format, activations, weights, granularity, blockSize, range, percentile }: QuantizeResult['recipe']): string {
  if (format === 'float16') return 'float16';
  const method = range === 'percentile' ? `percentile ${percentile}` : range;
  const layout = blockSize === null ? granularity : `in blocks of ${blockSize} or ${granularity}`;
  const codes = needsImages({ format }) ? [`${activations} activations`, `${weights} weights ${layout}`, method] : [`${weights} weights ${layout}`];
  return [format, ...codes].join(', ');
}
