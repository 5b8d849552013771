import { ref, shallowRef, watch, type Ref } from 'vue';
import { toErrorData, type ErrorData } from '../../../src-main/contract/errors.ts';
import type { Recipe } from '../../../src-main/contract/recipe.ts';
import type { PlanPreview } from '../../../src-main/contract/results.ts';
import { useSession } from '../../stores/session.ts';

const PAUSE = 200;

/**
 * What follows from the recipe, asked anew whenever it rests for a moment. The last answer stays visible while the next one is on its way, and an answer that
 * was overtaken is dropped.
 */
export function usePlan(projectId: () => string, recipe: Readonly<Ref<Recipe>>) {
  const session = useSession();
  const plan = shallowRef<PlanPreview | null>(null);
  const error = shallowRef<ErrorData | null>(null);
  const asking = ref(false);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let latest = 0;

  async function ask(): Promise<void> {
    const turn = ++latest;
    asking.value = true;
    try {
      const answer = await session.call('recipes.plan', { projectId: projectId(), recipe: recipe.value });
      if (turn !== latest) return;
      plan.value = answer;
      error.value = null;
    } catch (thrown) {
      if (turn !== latest) return;
      error.value = toErrorData(thrown);
    }
    asking.value = false;
  }

  watch([projectId, recipe], () => {
    clearTimeout(timer);
    timer = setTimeout(() => void ask(), plan.value || error.value ? PAUSE : 0);
  }, { immediate: true }); // prettier-ignore

  return { plan, error, asking, ask };
}
