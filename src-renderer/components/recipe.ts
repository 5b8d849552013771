import type { Decided } from '../../src-main/contract/presets.ts';
import { DEFAULT_RECIPE, needsImages, type Override, type Recipe } from '../../src-main/contract/recipe.ts';
import { optionsWithoutEffect } from '../../src-main/contract/recipe-conflicts.ts';
import { number, plural } from './format.ts';
import type { TermName } from './glossary.ts';

export const FORMAT_WORDS = {
  qdq: 'QDQ',
  qoperator: 'QOperator',
  dynamic: 'dynamic',
  'weight-only': 'weight-only',
  float16: 'half precision',
} as const satisfies Record<Recipe['format'], TermName>;
export const GRANULARITY_WORDS: Record<Recipe['granularity'], string> = { 'per-channel': 'per channel', 'per-tensor': 'per tensor' };
export const RANGE_WORDS = {
  mse: 'least squared error',
  minmax: 'min–max',
  'moving-average': 'moving average',
  percentile: 'percentile',
  entropy: 'entropy',
  octav: 'OCTAV',
} as const satisfies Record<Recipe['range'], TermName>;
export const CODES_WORDS = { restricted: 'restricted range', full: 'full range', reduced: 'reduced range' } as const satisfies Record<
  Recipe['weightCodes'],
  TermName
>;

/** "UINT8"; float and float16 as they are. */
export function typeWord(type: string): string {
  return type.startsWith('float') ? type : type.toUpperCase();
}

const EDGE_WORDS = { float: 'float', quantized: 'quantized' } as const;
const WORDS: { [K in Decided]: (recipe: Recipe) => string } = {
  format: ({ format }) => FORMAT_WORDS[format],
  weights: ({ weights }) => `${typeWord(weights)} weights`,
  granularity: ({ granularity }) => GRANULARITY_WORDS[granularity],
  blockSize: ({ blockSize }) => (blockSize === null ? 'no blocks' : `in blocks of ${blockSize}`),
  symmetricWeights: ({ symmetricWeights }) =>
    symmetricWeights === null ? 'symmetry of weights by their type' : symmetricWeights ? 'symmetric weights' : 'asymmetric weights',
  weightCodes: ({ weightCodes }) => `weights in the ${CODES_WORDS[weightCodes]}`,
  activations: ({ activations }) => `${typeWord(activations)} activations`,
  symmetricActivations: ({ symmetricActivations }) => (symmetricActivations ? 'symmetric activations' : 'asymmetric activations'),
  range: ({ range, percentile }) => `ranges by ${RANGE_WORDS[range]}${range === 'percentile' ? ` ${percentile}\u00a0%` : ''}`,
  inputType: ({ inputType }) => `${EDGE_WORDS[inputType]} input`,
  outputType: ({ outputType }) => `${EDGE_WORDS[outputType]} output`,
  weightOnlyForm: ({ weightOnlyForm }) => (weightOnlyForm === 'contrib' ? 'operators of com.microsoft' : 'standard operators'),
  target: ({ target }) => (target === 'tflite' ? 'rules of TFLite' : 'rules of ONNX Runtime'),
  ortParity: ({ ortParity }) => (ortParity ? 'parity with the Python tool' : 'no parity with the Python tool'),
};

/** One choice of a recipe in words: "UINT8 activations". */
export function choiceWords(recipe: Recipe, option: Decided): string {
  return WORDS[option](recipe);
}

const EXISTING_WORDS: Record<Exclude<Recipe['quantizedInput'], 'refuse'>, string> = {
  keep: 'quantized input kept',
  'keep-ranges': 'quantized input with its ranges',
  dequantize: 'quantized input dequantized',
};

/** What is said of a recipe only where it is not the default, in the order of being said. */
const RARELY = [
  'symmetricWeights', 'weightCodes', 'target', 'inputType', 'outputType', 'weightOnlyForm', 'ortParity',
] as const satisfies readonly Decided[]; // prettier-ignore

function rest(recipe: Recipe): string[] {
  const { seed, quantizedInput } = recipe;
  const idle = new Set(optionsWithoutEffect(recipe, RARELY).map(({ option }) => option));
  return [
    ...RARELY.filter((option) => recipe[option] !== DEFAULT_RECIPE[option] && !idle.has(option)).map((option) => choiceWords(recipe, option)),
    ...(quantizedInput === 'refuse' ? [] : [EXISTING_WORDS[quantizedInput]]),
    ...(seed === DEFAULT_RECIPE.seed ? [] : [seed === 'none' ? 'in sorted order' : `seed ${seed}`]),
  ];
}

const shared = (recipe: Recipe): string => (recipe.blockSize === null ? GRANULARITY_WORDS[recipe.granularity] : choiceWords(recipe, 'blockSize'));
const activationWords = (recipe: Recipe): string => `${recipe.symmetricActivations ? 'symmetric ' : ''}${choiceWords(recipe, 'activations')}`;

/** A recipe as one line: what is always said first, then whatever differs from the default. */
export function recipeWords(recipe: Recipe): string {
  const { format, samples, exclude, excludeOps, overrides } = recipe;
  const weights = recipe.weights === 'float16' ? choiceWords(recipe, 'weights') : `${choiceWords(recipe, 'weights')} ${shared(recipe)}`;
  const kept = [...exclude, ...excludeOps];
  return [
    ...(format === DEFAULT_RECIPE.format ? [] : [FORMAT_WORDS[format]]),
    ...(format === 'float16' ? [] : [weights]),
    ...(needsImages(recipe) ? [activationWords(recipe), `${choiceWords(recipe, 'range')} from ${plural(samples, 'image')}`] : []),
    ...rest(recipe),
    ...(kept.length > 0 ? [`float: ${kept.join(', ')}`] : []),
    ...Object.entries(overrides).map(([tensor, override]) => `${tensor}: ${overrideWords(override)}`),
  ].join(', ');
}

/** The same for a narrow column: what most often tells two runs apart comes first. */
export function recipeShort(recipe: Recipe): string {
  const { format, weights, activations, samples, symmetricActivations, exclude, excludeOps, overrides } = recipe;
  const kept = exclude.length + excludeOps.length;
  return [
    ...(format === DEFAULT_RECIPE.format ? [] : [FORMAT_WORDS[format]]),
    ...(format === 'float16' || weights === 'float16' ? [] : [shared(recipe)]),
    ...(needsImages(recipe) ? [`${typeWord(weights)} × ${typeWord(activations)}`] : format === 'float16' ? [] : [choiceWords(recipe, 'weights')]),
    ...(needsImages(recipe) ? [choiceWords(recipe, 'range').replace('ranges by ', ''), plural(samples, 'image')] : []),
    ...(needsImages(recipe) && symmetricActivations ? ['symmetric'] : []),
    ...(kept > 0 ? [`${kept} excluded`] : []),
    ...(Object.keys(overrides).length > 0 ? [plural(Object.keys(overrides).length, 'override')] : []),
    ...rest(recipe),
  ].join(', ');
}

/** What an override says of its tensor: "INT16, symmetric, range −1 … 3". */
export function overrideWords({ type, symmetric, granularity, codes, min, max, scale, zeroPoint }: Override): string {
  return [
    ...(type === undefined ? [] : [typeWord(type)]),
    ...(symmetric === undefined ? [] : [symmetric ? 'symmetric' : 'asymmetric']),
    ...(granularity === undefined ? [] : [GRANULARITY_WORDS[granularity]]),
    ...(codes === undefined ? [] : [CODES_WORDS[codes]]),
    ...(min === undefined || max === undefined ? [] : [`range ${number(min)} … ${number(max)}`]),
    ...(scale === undefined ? [] : [`scale ${number(scale)}, zero point ${zeroPoint}`]),
  ].join(', ');
}

/** Whether two recipes ask for the same, field by field. */
export function sameRecipe(a: Recipe, b: Recipe): boolean {
  return (Object.keys(DEFAULT_RECIPE) as (keyof Recipe)[]).every((key) => JSON.stringify(a[key]) === JSON.stringify(b[key]));
}
