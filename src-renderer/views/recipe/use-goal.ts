import { computed, ref } from 'vue';
import { nearestPreset, PRESETS, type Preset } from '../../../src-main/contract/presets.ts';
import type { Recipe } from '../../../src-main/contract/recipe.ts';

/** The goal that was chosen for a project, on this machine; before one was, the goal that its recipe is nearest to. */
export function useGoal(projectId: string, recipe: Recipe) {
  const key = `calibrant.goal.${projectId}`;
  const id = ref(localStorage.getItem(key));
  const first = nearestPreset(recipe);
  const goal = computed<Preset>(() => PRESETS.find((preset) => preset.id === id.value) ?? first);

  function choose(next: Preset): void {
    id.value = next.id;
    localStorage.setItem(key, next.id);
  }

  return { goal, choose };
}
