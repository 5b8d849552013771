import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { applyPreset, departures, nearestPreset, PRESETS, wanted } from '../../src-main/contract/presets.ts';
import { DEFAULT_RECIPE, RecipeSchema } from '../../src-main/contract/recipe.ts';
import { optionsWithoutEffect, recipeConflicts } from '../../src-main/contract/recipe-conflicts.ts';

const named = (id: string) => PRESETS.find((preset) => preset.id === id) ?? PRESETS[0];

describe.each(PRESETS.map((preset) => [preset.id, preset] as const))('the goal %s', (_, preset) => {
  const recipe = applyPreset(preset, DEFAULT_RECIPE);

  it('is a recipe that can be had, and that it does not depart from', () => {
    expect(v.parse(RecipeSchema, recipe)).toEqual(recipe);
    expect(recipeConflicts(recipe)).toEqual([]);
    expect(departures(preset, recipe)).toEqual([]);
    expect(nearestPreset(recipe).id).toBe(preset.id);
  });

  it('decides nothing that has no effect', () => expect(optionsWithoutEffect(recipe, Object.keys(preset.recipe) as (keyof typeof recipe)[])).toEqual([]));
});

it('starts with the default, which is the first goal', () => expect(applyPreset(PRESETS[0], DEFAULT_RECIPE)).toEqual(DEFAULT_RECIPE));

it('takes back what another goal has decided, and leaves what belongs to the model and the images', () => {
  const own = {
    samples: 30,
    seed: 7,
    exclude: ['/head/.*'],
    excludeOps: ['Resize'],
    overrides: { x: { type: 'int16' as const } },
    quantizedInput: 'keep' as const,
  };
  const smallest = applyPreset(named('smallest'), { ...DEFAULT_RECIPE, ...own });
  expect(smallest).toMatchObject({ ...own, format: 'weight-only', blockSize: 32 });
  expect(applyPreset(named('arm'), smallest)).toEqual({ ...DEFAULT_RECIPE, ...own, activations: 'int8' });
});

it('names every choice that departs and matters, and what the goal wants instead', () => {
  const arm = named('arm');
  expect(departures(arm, { ...DEFAULT_RECIPE, granularity: 'per-tensor', samples: 5 })).toEqual(['granularity', 'activations']);
  expect(wanted(arm, 'activations')).toBe('int8');
  expect(wanted(arm, 'granularity')).toBe('per-channel');
  // In the format dynamic no range is looked for, so its method departs from nothing.
  expect(departures(PRESETS[0], { ...DEFAULT_RECIPE, format: 'dynamic', range: 'entropy' })).toEqual(['format']);
});

it('finds the goal that a recipe is nearest to', () => {
  const tensorrt = applyPreset(named('tensorrt'), DEFAULT_RECIPE);
  expect(nearestPreset({ ...tensorrt, range: 'percentile' }).id).toBe('tensorrt');
  expect(nearestPreset({ ...DEFAULT_RECIPE, range: 'minmax' }).id).toBe('balanced');
});
