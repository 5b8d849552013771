import { computed, onScopeDispose, ref, shallowRef, watch, type Ref } from 'vue';
import { toErrorData, type ErrorData } from '../../../src-main/contract/errors.ts';
import type { Recipe } from '../../../src-main/contract/recipe.ts';
import type { PlanPreview } from '../../../src-main/contract/results.ts';
import { useSession } from '../../stores/session.ts';

const PAUSE = 150;
/** Only what stays away this long is shown as old: what follows a slider must not flicker. */
const LATE = 400;

/**
 * What follows from the recipe. While it keeps changing (a slider that moves) it is asked again every 150 ms, never twice at a time, so that a slow host is
 * not buried; the last answer stays visible until the next one is there, `late` when it has not been the answer to the recipe in force for a while. A recipe that
 * cannot be had (`askable` false) is not asked for.
 */
export function usePlan(projectId: () => string, recipe: Readonly<Ref<Recipe>>, askable: () => boolean) {
  const session = useSession();
  const plan = shallowRef<PlanPreview | null>(null);
  const error = shallowRef<ErrorData | null>(null);
  /** The project and the recipe that plan or error answer to. */
  const answered = shallowRef<{ projectId: string; recipe: Recipe } | null>(null);
  const asking = ref(false);
  let timer: ReturnType<typeof setTimeout> | undefined;

  const stale = computed(() => answered.value?.recipe !== recipe.value || answered.value.projectId !== projectId());

  async function ask(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    if (asking.value || !askable()) return;
    const question = { projectId: projectId(), recipe: recipe.value };
    asking.value = true;
    try {
      plan.value = await session.call('recipes.plan', question);
      error.value = null;
    } catch (thrown) {
      error.value = toErrorData(thrown);
    }
    asking.value = false;
    answered.value = question;
    if (stale.value) later();
  }

  function later(): void {
    timer ??= setTimeout(() => void ask(), answered.value ? PAUSE : 0);
  }

  const late = ref(false);
  let patience: ReturnType<typeof setTimeout> | undefined;
  watch(stale, (now) => {
    clearTimeout(patience);
    if (now) patience = setTimeout(() => (late.value = true), LATE);
    else late.value = false;
  });

  watch([projectId, recipe], later, { immediate: true });
  onScopeDispose(() => {
    clearTimeout(timer);
    clearTimeout(patience);
  });

  return { plan, error, late, ask };
}
