import { Option, type Command } from 'commander';
import * as v from 'valibot';
import { RecipeSchema, type Recipe } from '../../contract/recipe.ts';
import { notYet, oneOf, readJson, wholeNumber } from './options.ts';
import type { Terminal } from './terminal.ts';

/** The recipe's fields as commander names the options. */
export type RecipeFlags = Partial<Recipe> & { recipe?: string };

const { weights, activations, granularity, range, format } = RecipeSchema.entries;

/** Every value that the command line will ever take, beside those that this version's recipes know: a script's typing error and a missing feature differ. */
const CHOICES = [
  ['--weights', 'type', 'element type of the weights', ['int8', 'uint8', 'int16', 'int4', 'uint4', 'float16'], weights.wrapped.options],
  ['--activations', 'type', 'element type of the activations', ['uint8', 'int8', 'int16', 'uint16', 'float'], activations.wrapped.options],
  ['--granularity', 'kind', 'one scale for each channel of a weight, or one for all', ['per-channel', 'per-tensor'], granularity.wrapped.options],
  ['--range', 'method', 'how an activation’s range is found', ['minmax', 'percentile', 'entropy', 'mse'], range.wrapped.options],
  ['--format', 'format', 'how the result is written', ['qdq', 'qoperator', 'dynamic', 'weight-only', 'float16', 'tflite'], format.wrapped.options],
] as const;

const PLANNED = [
  ['--percentile <p>', 'option:percentile'],
  ['--device <id>', 'option:device'],
  ['--ort-parity', 'option:ort-parity'],
] as const;

const collect = (text: string, before: string[] = []): string[] => [...before, text];

export function addRecipe(command: Command): Command {
  for (const [flag, value, description, known, supported] of CHOICES) {
    command.addOption(new Option(`${flag} <${value}>`, `${description}: ${supported.join(', ')}`).argParser(oneOf(flag, known, supported)));
  }
  command
    .option('--symmetric-activations', 'zero point in the middle of the codes')
    .addOption(new Option('--samples <count>', 'how many images calibrate (100)').argParser(wholeNumber('--samples', 1)))
    .addOption(new Option('--exclude <node>', 'keeps a node in float; a name or a regular expression, repeatable').argParser(collect))
    .option('--recipe <file>', 'the recipe as JSON; options beside it win');
  for (const [flags, event] of PLANNED) {
    command.addOption(new Option(flags).hideHelp()).on(event, () => {
      throw notYet(flags.split(' ')[0] ?? flags);
    });
  }
  return command;
}

/** The recipe of a command line: the file's, overridden by each option that was given. Throws `recipe-invalid`. */
export async function recipeOf(flags: RecipeFlags, terminal: Terminal): Promise<Recipe> {
  const { recipe: file, ...given } = flags;
  const base = file === undefined ? {} : await readJson(terminal.path(file), RecipeSchema, 'recipe-invalid', 'recipe');
  const chosen = Object.fromEntries(Object.entries(given).filter(([name]) => name in RecipeSchema.entries));
  return v.parse(RecipeSchema, { ...base, ...chosen });
}
