import { CalibrantError } from '../contract/errors.ts';
import { needsImages, type Recipe } from '../contract/recipe.ts';
import type { RunDetail } from '../contract/projects.ts';
import type { Store } from '../store/store.ts';
import { adviceFor } from './advise.ts';
import { runRow } from './run-rows.ts';
import { judgeRun } from './verdict.ts';

/** A run with all its results, and what they mean. */
export function runDetail(store: Pick<Store, 'projects' | 'models' | 'runs' | 'results'>, runId: string): RunDetail {
  const row = runRow(store, runId);
  const result = store.results.ofRun(runId);
  return { row, result, verdict: result && judgeRun(result.evaluate, row.recipe), advice: result ? adviceFor(store, row, result) : [] };
}

export function unfinished(name: string): CalibrantError {
  return new CalibrantError('not-found', `The run "${name}" has no results yet: wait until it is done, or start it again.`);
}

/** Ranges that a quantized model came with are not observed again. */
const observes = (recipe: Recipe): boolean => needsImages(recipe) && !recipe.quantizedInput.startsWith('keep');

/** Of the newest finished run of this model that looked at images: what the preview of a recipe is predicted from. */
export function latestStatistics(store: Store, projectId: string, modelId: string): string | null {
  const run = store.runs.list(projectId).find(({ id, state, recipe }) => state === 'done' && observes(recipe) && store.runs.inputs(id).modelId === modelId);
  const { statistics = null } = run ? store.runs.files(run.id) : {};
  return statistics && store.files.pathOf(statistics);
}
