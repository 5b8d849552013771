import { expect, it } from 'vitest';
import { applyPreset, PRESETS } from '../../../src-main/contract/presets.ts';
import { DEFAULT_RECIPE, type Recipe } from '../../../src-main/contract/recipe.ts';
import { recipeConflicts } from '../../../src-main/contract/recipe-conflicts.ts';
import { fixedReason, idleReason, valueReason } from '../../../src-renderer/views/recipe/availability.ts';
import { ACTIVATIONS, FORMAT, RANGE, WEIGHTS } from '../../../src-renderer/views/recipe/choices.ts';
import { fixWords } from '../../../src-renderer/views/recipe/fix-words.ts';

const recipe = (change: Partial<Recipe>): Recipe => ({ ...DEFAULT_RECIPE, ...change });

it('says why an option is idle', () => {
  expect(idleReason(recipe({ format: 'dynamic' }), 'range')).toBe('No effect with the format dynamic.');
  expect(idleReason(DEFAULT_RECIPE, 'range')).toBeNull();
});

it('refuses a value that the format cannot have, and offers one that something else can mend', () => {
  expect(valueReason(recipe({ format: 'qoperator' }), 'weights', 'int4')).toContain('8-bit');
  // A dynamic model takes no signed activations, but the format can be had by changing those.
  expect(valueReason(recipe({ activations: 'int8' }), 'format', 'dynamic')).toBeNull();
  expect(recipeConflicts(recipe({ activations: 'int8', format: 'dynamic' }))).toHaveLength(1);
});

it('does not blame a value for a conflict that is there already', () =>
  expect(valueReason(recipe({ format: 'dynamic', activations: 'int8' }), 'weights', 'uint8')).toBeNull());

it('fixes an option only when no other value can be had', () => {
  expect(fixedReason(DEFAULT_RECIPE, 'weightOnlyForm', ['dequantize', 'contrib'])).toContain('weight-only');
  expect(fixedReason(recipe({ format: 'weight-only', blockSize: 32 }), 'weightOnlyForm', ['dequantize', 'contrib'])).toBeNull();
});

it('offers a way out of every choice of the sentence, from every goal', () => {
  const choices: Partial<Recipe>[] = [
    ...FORMAT.map(({ value }) => ({ format: value })),
    ...WEIGHTS.map(({ value }) => ({ weights: value })),
    ...ACTIVATIONS.map(({ value }) => ({ activations: value })),
    ...RANGE.map(({ value }) => ({ range: value })),
  ];
  for (const preset of PRESETS) {
    for (const choice of choices) {
      let now = { ...applyPreset(preset, DEFAULT_RECIPE), ...choice };
      for (let step = 0; recipeConflicts(now).length > 0; step += 1) {
        expect(step, `${preset.id} ${JSON.stringify(choice)}`).toBeLessThan(6);
        now = { ...now, ...recipeConflicts(now)[0]?.fix };
      }
    }
  }
});

it('names what a fix does', () => {
  expect(fixWords(DEFAULT_RECIPE, { activations: 'int8' })).toBe('Take INT8 activations');
  expect(fixWords(recipe({ outputType: 'quantized' }), { inputType: 'float', outputType: 'float' })).toBe('Take float output');
  expect(fixWords(recipe({ overrides: { a: {}, b: {} } }), { overrides: { b: {} } })).toBe('Drop the override of a');
});
