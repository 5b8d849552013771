import { ref } from 'vue';
import { useRouter } from 'vue-router';
import type { RunRow } from '../../../src-main/contract/projects.ts';
import type { Recipe } from '../../../src-main/contract/recipe.ts';
import { useNotices } from '../../stores/notices.ts';
import { useProject } from '../../stores/project.ts';
import { useRuns } from '../../stores/runs.ts';

/** Longest name of a run; what it came from stands in `from`. */
const NAME_LENGTH = 120;

/** Starts runs that change one thing of another run, or opens their recipe. `starting` is true until the host has answered. */
export function useFix(): { starting: Readonly<{ value: boolean }>; run: typeof run; open: typeof open } {
  const runs = useRuns();
  const project = useProject();
  const notices = useNotices();
  const router = useRouter();
  const starting = ref(false);

  async function run(row: RunRow, adviceId: string, recipe: Recipe, change: string): Promise<void> {
    starting.value = true;
    await notices.attempt(() => runs.start(recipe, change.slice(0, NAME_LENGTH), { runId: row.id, adviceId }));
    starting.value = false;
  }

  async function open(row: RunRow, recipe: Recipe): Promise<void> {
    if (await notices.attempt(() => project.saveRecipe(recipe))) await router.push({ name: 'recipe', params: { projectId: row.projectId } });
  }

  return { starting, run, open };
}
