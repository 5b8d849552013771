import { describe, expect, it } from 'vitest';
import { nearestLegal, optionsWithoutEffect, recipeConflicts } from '../../src-main/contract/recipe-conflicts.ts';
import { DEFAULT_RECIPE, RecipeSchema, type Recipe } from '../../src-main/contract/recipe.ts';

const { format, activations, weights, granularity, target, weightOnlyForm } = RecipeSchema.entries;
const SWITCH = [false, true];

/** Every combination of what the rules look at: 259 200 recipes. */
function* everyRecipe(): Generator<Recipe> {
  for (const f of format.wrapped.options)
    for (const a of activations.wrapped.options)
      for (const w of weights.wrapped.options)
        for (const g of granularity.wrapped.options)
          for (const blockSize of [null, 3, 128])
            for (const symmetricActivations of SWITCH)
              for (const symmetricWeights of [null, ...SWITCH])
                for (const form of weightOnlyForm.wrapped.options)
                  for (const inputType of ['float', 'quantized'] as const)
                    for (const t of target.wrapped.options)
                      for (const ortParity of SWITCH)
                        for (const range of ortParity ? (['minmax', 'mse'] as const) : (['mse'] as const))
                          yield { ...DEFAULT_RECIPE, format: f, activations: a, weights: w, granularity: g, blockSize, symmetricActivations, symmetricWeights, weightOnlyForm: form, inputType, target: t, ortParity, range }; // prettier-ignore
}

/** A message without its particulars, so that those of one rule are equal. */
const kind = (message: string): string => message.replace(/\b(u?int\d+|float(16)?|qdq|qoperator|dynamic|weight-only|mse|octav)\b/g, '…');

describe('impossible combinations', () => {
  it('are mended by the fix that comes with each, one after the other, until the recipe can be had', () => {
    const kinds = new Set<string>();
    let legal = 0;
    for (const recipe of everyRecipe()) {
      const conflicts = recipeConflicts(recipe);
      if (conflicts.length === 0) legal += 1;
      for (const { message, fix } of conflicts) {
        if (!kinds.has(kind(message))) {
          kinds.add(kind(message));
          expect(message).toMatch(/^[A-Z].*\.$/);
        }
        const mended = { ...recipe, ...fix };
        if (recipeConflicts(mended).some((left) => left.message === message)) throw new Error(`Still there: ${message} ${JSON.stringify(recipe)}`);
      }
      const nearest = nearestLegal(recipe);
      if (recipeConflicts(nearest).length > 0) throw new Error(`Not legal: ${JSON.stringify(nearest)}`);
      if (conflicts.length === 0 && nearest !== recipe) throw new Error(`Changed without need: ${JSON.stringify(recipe)}`);
    }
    expect(legal).toBeGreaterThan(1000);
    // Every rule has been met, but for that of overrides.
    expect(kinds.size).toBe(22);
  });

  it.each<[Partial<Recipe>, Partial<Recipe>]>([
    [{ activations: 'int8', weights: 'uint8' }, { weights: 'int8' }],
    [{ format: 'qoperator', activations: 'int16' }, { format: 'qdq' }],
    [{ format: 'qoperator', weights: 'int4' }, { weights: 'int8' }],
    [{ format: 'dynamic', activations: 'int8' }, { activations: 'uint8' }],
    [{ activations: 'float' }, { format: 'weight-only' }],
    [{ weights: 'float16' }, { format: 'weight-only' }],
    [{ symmetricWeights: false }, { symmetricWeights: null }],
    [{ blockSize: 32, granularity: 'per-tensor' }, { granularity: 'per-channel' }],
    [{ format: 'weight-only', weightOnlyForm: 'contrib', weights: 'int4', blockSize: 24 }, { blockSize: 128 }],
    [{ target: 'tflite' }, { activations: 'int8' }],
    [{ target: 'tflite', activations: 'int16' }, { symmetricActivations: true }],
    [{ ortParity: true }, { range: 'minmax' }],
    [
      { format: 'weight-only', inputType: 'quantized' },
      { inputType: 'float', outputType: 'float' },
    ],
  ])('%o has the nearest legal choice %o', (changes, fix) => {
    const recipe = { ...DEFAULT_RECIPE, ...changes };
    expect(recipeConflicts(recipe)[0]?.fix).toEqual(fix);
    expect(nearestLegal(recipe)).toEqual({ ...recipe, ...fix });
  });

  it('of an override are mended by taking this one out', () => {
    const recipe: Recipe = { ...DEFAULT_RECIPE, format: 'qoperator', overrides: { a: { type: 'int16' }, b: { type: 'int8' }, c: { type: 'int4' } } };
    const [conflict] = recipeConflicts(recipe);
    expect(conflict?.message).toContain('override of a asks for int16');
    expect(nearestLegal(recipe).overrides).toEqual({ b: { type: 'int8' } });
    const half: Recipe = { ...DEFAULT_RECIPE, format: 'float16', overrides: { a: { symmetric: true } } };
    expect(recipeConflicts(half)[0]?.message).toContain('override of a');
    expect(nearestLegal(half).overrides).toEqual({});
  });
});

describe('options without effect', () => {
  it.each<[Partial<Recipe>, (keyof Recipe)[]]>([
    [{ range: 'minmax', percentile: 99 }, ['percentile']],
    [{ range: 'percentile', percentile: 99 }, []],
    [{ format: 'dynamic', range: 'entropy' }, ['range']],
    [{ format: 'weight-only', range: 'entropy', symmetricActivations: true, target: 'onnxruntime' }, ['range', 'symmetricActivations', 'target']],
    [{ format: 'weight-only', activations: 'int8' }, ['activations']],
    [
      { format: 'float16', weights: 'int4', granularity: 'per-tensor', weightCodes: 'full', symmetricWeights: true },
      ['weights', 'granularity', 'symmetricWeights', 'weightCodes'],
    ],
    [{ format: 'weight-only', weights: 'float16', granularity: 'per-tensor' }, ['granularity']],
    [{ format: 'qdq', activations: 'int8', weights: 'int4', range: 'octav' }, []],
  ])('of %o are %o', (changes, useless) => {
    const found = optionsWithoutEffect({ ...DEFAULT_RECIPE, ...changes }, Object.keys(changes) as (keyof Recipe)[]);
    expect(found.map(({ option }) => option).sort()).toEqual([...useless].sort());
    for (const { because } of found) expect(because).toMatch(/^(the (format|range) |float16)/);
  });
});
