import { Option, type Command } from 'commander';
import * as v from 'valibot';
import { CalibrantError } from '../../contract/errors.ts';
import { issueText } from '../../contract/issues.ts';
import { PRESETS } from '../../contract/presets.ts';
import { optionsWithoutEffect, recipeConflicts } from '../../contract/recipe-conflicts.ts';
import { RecipeSchema, type Recipe } from '../../contract/recipe.ts';
import { notYet, oneOf, readJson, wholeNumber } from './options.ts';
import { collectOverride } from './override-option.ts';
import type { Terminal } from './terminal.ts';

type Symmetry = 'symmetric' | 'asymmetric';

/** The recipe's fields as commander names the options. */
export type RecipeFlags = Partial<Omit<Recipe, 'exclude' | 'excludeOps' | 'overrides' | 'quantizedInput' | 'symmetricWeights'>> & {
  recipe?: string;
  goal?: string;
  exclude?: string[];
  excludeOp?: string[];
  override?: Recipe['overrides'];
  alreadyQuantized?: Recipe['quantizedInput'];
  weightSymmetry?: Symmetry;
};

const { weights, activations, granularity, range, format, weightCodes, inputType, outputType, weightOnlyForm, target, quantizedInput } = RecipeSchema.entries;

/** Options that take one word of a list; `later`: words that belong to versions to come, so that a script's typing error and a missing feature differ. */
const CHOICES: readonly { flag: string; value: string; description: string; words: readonly string[]; later?: readonly string[] }[] = [
  { flag: '--format', value: 'format', description: 'how the result is written', words: format.wrapped.options, later: ['tflite'] },
  { flag: '--weights', value: 'type', description: 'element type of the weights', words: weights.wrapped.options },
  { flag: '--activations', value: 'type', description: 'element type of the activations', words: activations.wrapped.options },
  { flag: '--granularity', value: 'kind', description: 'one scale for each channel of a weight, or one for all', words: granularity.wrapped.options },
  { flag: '--weight-symmetry', value: 'kind', description: 'zero point of the weights in the middle or not', words: ['symmetric', 'asymmetric'] },
  { flag: '--weight-codes', value: 'kind', description: 'codes that weights are spread over', words: weightCodes.wrapped.options },
  { flag: '--range', value: 'method', description: 'how an activation’s range is found', words: range.wrapped.options },
  { flag: '--input-type', value: 'kind', description: 'what the model takes', words: inputType.wrapped.options },
  { flag: '--output-type', value: 'kind', description: 'what the model gives', words: outputType.wrapped.options },
  { flag: '--weight-only-form', value: 'form', description: 'operators of weight-only models', words: weightOnlyForm.wrapped.options },
  { flag: '--target', value: 'rules', description: 'whose rules the plan follows', words: target.wrapped.options },
  { flag: '--already-quantized', value: 'what', description: 'what to do with a model that is quantized already', words: quantizedInput.wrapped.options },
];

const PLANNED = [['--device <id>', 'option:device']] as const;

const collect = (text: string, before: string[] = []): string[] => [...before, text];

function percentile(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= 50 && value <= 100) return value;
  throw new CalibrantError('usage-bad-value', `--percentile takes a number from 50 to 100, not "${text}".`);
}

export function addRecipe(command: Command): Command {
  const goals = PRESETS.map(({ id }) => id);
  command.addOption(new Option('--goal <id>', `a recipe to start from: ${goals.join(', ')}`).argParser(oneOf('--goal', goals, goals)));
  for (const { flag, value, description, words, later = [] } of CHOICES) {
    command.addOption(new Option(`${flag} <${value}>`, `${description}: ${words.join(', ')}`).argParser(oneOf(flag, [...words, ...later], words)));
  }
  command
    .addOption(new Option('--percentile <p>', 'percent of the values that --range percentile keeps (99.999)').argParser(percentile))
    .option('--symmetric-activations', 'zero point of the activations in the middle of the codes')
    .addOption(new Option('--block-size <count>', 'values along the input axis of a matrix that share a scale').argParser(wholeNumber('--block-size', 2)))
    .addOption(new Option('--samples <count>', 'how many images calibrate (100)').argParser(wholeNumber('--samples', 1)))
    .addOption(new Option('--exclude <node>', 'keeps a node in float; a name or a regular expression, repeatable').argParser(collect))
    .addOption(new Option('--exclude-op <operator>', 'keeps all nodes of an operator in float, repeatable').argParser(collect))
    .addOption(new Option('--override <tensor:key=value,…>', 'another type, range or scale for one tensor, repeatable').argParser(collectOverride))
    .option('--ort-parity', 'the numbers of ONNX Runtime’s Python tool, with its defects')
    .option('--recipe <file>', 'the recipe as JSON; options beside it win');
  for (const [flags, event] of PLANNED) {
    command.addOption(new Option(flags).hideHelp()).on(event, () => {
      throw notYet(flags.split(' ')[0] ?? flags);
    });
  }
  return command;
}

/**
 * The recipe of a command line: the goal's, overridden by the file's, overridden by each option that was given.
 * Throws `usage-bad-value` and `recipe-invalid`, also for combinations that cannot be and for options that would change nothing.
 */
export async function recipeOf(flags: RecipeFlags, terminal: Terminal): Promise<Recipe> {
  const { recipe: file, goal, excludeOp, override, alreadyQuantized, weightSymmetry, ...named } = flags;
  const given: Partial<Recipe> = {
    ...Object.fromEntries(Object.entries(named).filter(([name]) => name in RecipeSchema.entries)),
    ...(excludeOp ? { excludeOps: excludeOp } : {}),
    ...(override ? { overrides: override } : {}),
    ...(alreadyQuantized ? { quantizedInput: alreadyQuantized } : {}),
    ...(weightSymmetry ? { symmetricWeights: weightSymmetry === 'symmetric' } : {}),
  };
  const preset = PRESETS.find(({ id }) => id === goal)?.recipe ?? {};
  const base = { ...preset, ...(file === undefined ? {} : await readPartial(terminal.path(file))) };
  // The Python tool's own default; ours is a method that it does not have.
  const parityRange = given.ortParity && base.range === undefined && given.range === undefined ? { range: 'minmax' as const } : {};
  const checked = v.safeParse(RecipeSchema, { ...base, ...parityRange, ...given });
  if (!checked.success) throw new CalibrantError('usage-bad-value', `The recipe cannot be used: ${issueText(checked.issues[0])}.`);
  const recipe = checked.output;
  const [conflict] = recipeConflicts(recipe);
  if (conflict) throw new CalibrantError('recipe-invalid', conflict.message, { fix: JSON.stringify(conflict.fix) });
  const [useless] = optionsWithoutEffect(recipe, Object.keys(given) as (keyof Recipe)[]);
  if (useless) {
    throw new CalibrantError('recipe-invalid', `${flagOf(useless.option)} changes nothing with ${useless.because}; leave it out.`, { option: useless.option });
  }
  return recipe;
}

/** Only what the file says, so that the goal shows through elsewhere. */
async function readPartial(path: string): Promise<Partial<Recipe>> {
  const whole = await readJson(path, RecipeSchema, 'recipe-invalid', 'recipe');
  const said = await readJson(path, v.record(v.string(), v.unknown()), 'recipe-invalid', 'recipe');
  return Object.fromEntries(Object.entries(whole).filter(([key]) => key in said));
}

function flagOf(option: keyof Recipe): string {
  if (option === 'symmetricWeights') return '--weight-symmetry';
  return `--${option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
