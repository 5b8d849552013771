import { DEFAULT_RECIPE, type Recipe } from './recipe.ts';
import { optionsWithoutEffect } from './recipe-conflicts.ts';

/** A device or a goal, and the choices that follow from it where they differ from the default. */
export interface Preset {
  id: string;
  name: string;
  /** Why these choices, in one or two sentences. */
  note: string;
  recipe: Partial<Recipe>;
}

export const PRESETS = [
  {
    id: 'balanced',
    name: 'Balanced, any CPU (ONNX Runtime)',
    note: 'UINT8 activations and INT8 weights: the pair for which ONNX Runtime has integer kernels on every CPU.',
    recipe: {},
  },
  {
    id: 'x86-7bit',
    name: 'x86 without VNNI',
    note: 'These processors sum two products in 16 bits; with 7-bit weights the sum cannot saturate, at the price of one bit.',
    recipe: { weightCodes: 'reduced' },
  },
  {
    id: 'arm',
    name: 'ARM CPU',
    note: 'ARM kernels multiply INT8 with INT8. The same file is slow on x86, where such convolutions run in float.',
    recipe: { activations: 'int8' },
  },
  {
    id: 'npu-tflite',
    name: 'Integer NPU, TFLite rules',
    note: 'INT8 throughout, weights symmetric per channel, and equal scales wherever TFLite’s kernels ask for them.',
    recipe: { activations: 'int8', target: 'tflite' },
  },
  {
    id: 'tensorrt',
    name: 'TensorRT, GPU',
    note: 'TensorRT refuses every zero point but 0, so the activations are symmetric as well; it reads QDQ only.',
    recipe: { activations: 'int8', symmetricActivations: true },
  },
  {
    id: 'accurate',
    name: 'Most accurate integers',
    note: '16-bit activations lose next to nothing. Some NPUs take them; most CPUs compute such nodes in float, and slower.',
    recipe: { activations: 'uint16' },
  },
  {
    id: 'smallest',
    name: 'Smallest file',
    note: 'Weights in 4 bits, in matrices with a scale for every 32; the arithmetic stays float, so nothing gets faster.',
    recipe: { format: 'weight-only', weights: 'int4', blockSize: 32 },
  },
  {
    id: 'no-images',
    name: 'No images at hand',
    note: 'The range of every activation is found while the model runs: nothing to calibrate, but slower than fixed ranges.',
    recipe: { format: 'dynamic' },
  },
  {
    id: 'half',
    name: 'Half precision',
    note: 'FLOAT16 for GPUs and other devices that compute in it: half the size, next to no loss, no integers.',
    recipe: { format: 'float16' },
  },
  {
    id: 'ort-parity',
    name: 'Same numbers as ONNX Runtime’s Python tool',
    note: 'For comparing with quantize_static: its defaults and its rounding, its defects included.',
    recipe: { ortParity: true, activations: 'int8', granularity: 'per-tensor', range: 'minmax' },
  },
] as const satisfies readonly [Preset, ...Preset[]];

/**
 * What a goal decides. The rest belongs to the model and the images: it stays as it is when the goal changes. A percentile is a matter of the range it
 * belongs to.
 */
const DECIDED = [
  'format', 'weights', 'granularity', 'blockSize', 'symmetricWeights', 'weightCodes', 'activations', 'symmetricActivations', 'range',
  'inputType', 'outputType', 'weightOnlyForm', 'target', 'ortParity',
] as const satisfies readonly (keyof Recipe)[]; // prettier-ignore
export type Decided = (typeof DECIDED)[number];

/** What the goal wants of one option. */
export function wanted<K extends Decided>(preset: Preset, option: K): Recipe[K] {
  return preset.recipe[option] ?? DEFAULT_RECIPE[option];
}

/** The recipe with every choice that a goal decides as this goal has it; images, excluded nodes and overrides stay. */
export function applyPreset(preset: Preset, recipe: Recipe): Recipe {
  return { ...recipe, ...Object.fromEntries(DECIDED.map((option) => [option, wanted(preset, option)])) };
}

/** Options that are not as the goal has them, and matter: what has no effect departs from nothing. */
export function departures(preset: Preset, recipe: Recipe): Decided[] {
  const idle = new Set(optionsWithoutEffect(recipe, DECIDED).map(({ option }) => option));
  return DECIDED.filter((option) => recipe[option] !== wanted(preset, option) && !idle.has(option));
}

/** The goal that a recipe departs from least; of equals the first. */
export function nearestPreset(recipe: Recipe): Preset {
  return PRESETS.reduce<Preset>((best, preset) => (departures(preset, recipe).length < departures(best, recipe).length ? preset : best), PRESETS[0]);
}
