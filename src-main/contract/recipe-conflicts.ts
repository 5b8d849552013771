import { needsImages, type IntegerType, type Recipe } from './recipe.ts';

/** A combination that no model can have, and the change that makes it one that can be had. */
export interface RecipeConflict {
  message: string;
  fix: Partial<Recipe>;
}

type Rule = (recipe: Recipe) => RecipeConflict | null;

const EIGHT_BITS: readonly string[] = ['int8', 'uint8'];
const FOUR_BITS: readonly string[] = ['int4', 'uint4'];

/** In the order in which they are told; a rule may rely on the ones before it. */
const RULES: readonly Rule[] = [
  // TFLite's rules bring every other format back to qdq: there the type has to give way, or the two fixes would chase each other.
  ({ format, activations, target }) =>
    format === 'qdq' && activations === 'float' && target !== 'tflite'
      ? { message: 'QDQ with float activations is weight-only quantization; take the format weight-only.', fix: { format: 'weight-only' } }
      : null,
  ({ format, activations }) =>
    format === 'qoperator' && !EIGHT_BITS.includes(activations)
      ? { message: `No integer operator takes ${activations} activations; take the format qdq, or 8-bit activations.`, fix: qoperatorFix(activations) }
      : null,
  ({ format, weights }) =>
    (format === 'qoperator' || format === 'dynamic') && !EIGHT_BITS.includes(weights)
      ? {
          message: `The integer operators of ONNX multiply 8-bit weights only, not ${weights}; take int8 weights, or the format qdq.`,
          fix: { weights: 'int8' },
        }
      : null,
  ({ format, weights, target }) =>
    format === 'qdq' && weights === 'float16' && target !== 'tflite'
      ? { message: 'Half-precision weights have no scale to put between Q and DQ; take the format weight-only or float16.', fix: { format: 'weight-only' } }
      : null,
  ({ format, activations, weights }) =>
    (format === 'qdq' || format === 'qoperator') && activations === 'int8' && weights === 'uint8'
      ? { message: 'No kernel multiplies int8 activations with uint8 weights; take int8 weights, or uint8 activations.', fix: { weights: 'int8' } }
      : null,
  ({ format, activations }) =>
    format === 'dynamic' && activations !== 'uint8' && activations !== 'float'
      ? { message: `DynamicQuantizeLinear makes uint8 values only, not ${activations}; take uint8 activations.`, fix: { activations: 'uint8' } }
      : null,
  ({ format, symmetricActivations }) =>
    format === 'dynamic' && symmetricActivations
      ? { message: 'DynamicQuantizeLinear chooses its zero point itself; symmetric activations need the format qdq or qoperator.', fix: { symmetricActivations: false } }
      : null, // prettier-ignore
  ({ format, blockSize }) =>
    blockSize !== null && format !== 'qdq' && format !== 'weight-only'
      ? { message: `Blocks of weights exist in the formats qdq and weight-only, not in ${format}; leave the block size out.`, fix: { blockSize: null } }
      : null,
  ({ blockSize, granularity, ortParity }) =>
    blockSize !== null && granularity === 'per-tensor' && !ortParity
      ? { message: 'Blocks are parts of channels, so weights in blocks are never per tensor; take per-channel.', fix: { granularity: 'per-channel' } }
      : null,
  ({ blockSize, weights }) =>
    blockSize !== null && weights === 'float16'
      ? { message: 'Half-precision weights have no scale, so nothing is shared by a block; leave the block size out.', fix: { blockSize: null } }
      : null,
  ({ format, granularity, symmetricWeights, blockSize, ortParity }) =>
    format !== 'weight-only' && format !== 'float16' && granularity === 'per-channel' && symmetricWeights === false && blockSize === null && !ortParity
      ? { message: 'Integer kernels want one zero point for all channels, so per-channel weights are symmetric; take symmetric weights, or per-tensor.', fix: { symmetricWeights: null } }
      : null, // prettier-ignore
  ({ format, weightOnlyForm, weights }) =>
    format === 'weight-only' && weightOnlyForm === 'contrib' && !EIGHT_BITS.includes(weights) && !FOUR_BITS.includes(weights)
      ? { message: `MatMulNBits holds 4- or 8-bit weights, not ${weights}; take the form dequantize, or 4-bit weights.`, fix: { weightOnlyForm: 'dequantize' } }
      : null,
  ({ format, weightOnlyForm, blockSize }) =>
    format === 'weight-only' && weightOnlyForm === 'contrib' && (blockSize === null || ![16, 32, 64, 128, 256].includes(blockSize))
      ? { message: 'MatMulNBits needs blocks of 16, 32, 64, 128 or 256 values; 128 is usual.', fix: { blockSize: 128 } }
      : null,
  ({ format, weightOnlyForm }) =>
    format !== 'weight-only' && weightOnlyForm === 'contrib'
      ? { message: `The contrib form belongs to weight-only quantization, not to ${format}; leave it out.`, fix: { weightOnlyForm: 'dequantize' } }
      : null,
  ({ format, inputType, outputType }) =>
    (format === 'dynamic' || format === 'weight-only') && (inputType === 'quantized' || outputType === 'quantized')
      ? { message: `In the format ${format} no input or output of the model is quantized; leave them float.`, fix: { inputType: 'float', outputType: 'float' } }
      : null,
  ({ target, format }) =>
    target === 'tflite' && format !== 'qdq'
      ? { message: `The rules of TFLite apply to the format qdq, not to ${format}; take qdq, or the rules of ONNX Runtime.`, fix: { format: 'qdq' } }
      : null,
  ({ target, activations }) =>
    target === 'tflite' && activations !== 'int8' && activations !== 'int16'
      ? { message: `TFLite kernels take int8 or int16 activations, not ${activations}; take int8.`, fix: { activations: 'int8' } }
      : null,
  ({ target, weights }) =>
    target === 'tflite' && weights !== 'int8' && weights !== 'int4'
      ? { message: `TFLite kernels take int8 or int4 weights, not ${weights}; take int8.`, fix: { weights: 'int8' } }
      : null,
  ({ target, activations, symmetricActivations }) =>
    target === 'tflite' && activations === 'int16' && !symmetricActivations
      ? { message: 'TFLite wants int16 activations symmetric, with zero point 0.', fix: { symmetricActivations: true } }
      : null,
  ({ ortParity, format }) =>
    ortParity && format !== 'qdq' && format !== 'qoperator'
      ? { message: `Parity with ONNX Runtime’s Python tool is a matter of the formats qdq and qoperator; ${format} needs none.`, fix: { ortParity: false } }
      : null,
  ({ ortParity, range }) =>
    ortParity && (range === 'mse' || range === 'octav')
      ? { message: `ONNX Runtime’s Python tool has no range method ${range}; take minmax, moving-average, percentile or entropy.`, fix: { range: 'minmax' } }
      : null,
  ({ ortParity, target }) =>
    ortParity && target !== 'onnxruntime'
      ? { message: 'Parity with ONNX Runtime’s Python tool needs the rules of ONNX Runtime.', fix: { target: 'onnxruntime' } }
      : null,
  (recipe) => overrideConflict(recipe),
];

function qoperatorFix(activations: Recipe['activations']): Partial<Recipe> {
  if (activations === 'float') return { activations: 'uint8' };
  return { format: 'qdq' };
}

function overrideConflict({ format, overrides }: Recipe): RecipeConflict | null {
  for (const [tensor, { type }] of Object.entries(overrides)) {
    const fix = { overrides: Object.fromEntries(Object.entries(overrides).filter(([name]) => name !== tensor)) };
    if (format === 'float16') {
      return { message: `The override of ${tensor} has nothing to act on: in half precision no tensor has a scale.`, fix };
    }
    if (type !== undefined && !typesOf(format).includes(type)) {
      return { message: `The override of ${tensor} asks for ${type}, which the format ${format} cannot hold; it holds ${typesOf(format).join(', ')}.`, fix };
    }
  }
  return null;
}

function typesOf(format: Recipe['format']): readonly IntegerType[] {
  return format === 'qoperator' || format === 'dynamic' ? ['uint8', 'int8'] : ['uint8', 'int8', 'uint16', 'int16', 'uint4', 'int4'];
}

/** Impossible combinations of a recipe, each with the nearest legal choice; empty when it can be had. The model is not looked at. */
export function recipeConflicts(recipe: Recipe): RecipeConflict[] {
  return RULES.flatMap((rule) => rule(recipe) ?? []);
}

/** The recipe with every conflict resolved by its nearest legal choice. */
export function nearestLegal(recipe: Recipe): Recipe {
  const [conflict] = recipeConflicts(recipe);
  return conflict ? nearestLegal({ ...recipe, ...conflict.fix }) : recipe;
}

const WITHOUT_EFFECT: { options: readonly (keyof Recipe)[]; unless: (recipe: Recipe) => boolean; because: (recipe: Recipe) => string }[] = [
  { options: ['samples'], unless: (recipe) => needsImages(recipe) || recipe.format === 'float16', because: ({ format }) => `the format ${format}` },
  { options: ['percentile'], unless: ({ range }) => range === 'percentile', because: ({ range }) => `the range ${range}` },
  { options: ['range', 'symmetricActivations', 'target'], unless: needsImages, because: ({ format }) => `the format ${format}` },
  { options: ['activations'], unless: (recipe) => needsImages(recipe) || recipe.format === 'dynamic' || recipe.activations === 'float', because: ({ format }) => `the format ${format}` },
  { options: ['weights', 'granularity', 'symmetricWeights', 'weightCodes'], unless: ({ format }) => format !== 'float16', because: ({ format }) => `the format ${format}` },
  { options: ['granularity', 'symmetricWeights', 'weightCodes'], unless: ({ weights }) => weights !== 'float16', because: () => 'float16 weights' },
]; // prettier-ignore

/** Of the options that somebody has set, those that change nothing, each with what makes it so: `range` of a `dynamic` model. */
export function optionsWithoutEffect(recipe: Recipe, given: readonly (keyof Recipe)[]): { option: keyof Recipe; because: string }[] {
  const found = new Map<keyof Recipe, string>();
  for (const { options, unless, because } of WITHOUT_EFFECT) {
    if (unless(recipe)) continue;
    for (const option of options) if (given.includes(option) && !found.has(option)) found.set(option, because(recipe));
  }
  return [...found].map(([option, because]) => ({ option, because }));
}
