import { readFile } from 'node:fs/promises';
import * as v from 'valibot';
import type { CallOutput, CheckedInput } from '../contract/calls.ts';
import { CalibrantError } from '../contract/errors.ts';
import { needsImages, type Recipe } from '../contract/recipe.ts';
import type { RunDetail } from '../contract/projects.ts';
import type { TensorStatistics } from '../contract/results.ts';
import { toTensorStatistics } from '../core/quant/statistics.ts';
import { statisticsFromFile } from '../core/quant/statistics-file.ts';
import { StatisticsFileSchema } from '../contract/statistics.ts';
import type { Store } from '../store/store.ts';
import type { Context } from './context.ts';
import { fileSuffix } from './names.ts';
import { writeReport } from './report.ts';
import { judgeRun } from './verdict.ts';

/** A run with all its results, and what they mean. */
export function runDetail(store: Pick<Store, 'runs' | 'results'>, runId: string): RunDetail {
  const row = store.runs.get(runId);
  const result = store.results.ofRun(runId);
  return { row, result, verdict: result && judgeRun(result.evaluate, row.recipe) };
}

function unfinished(name: string): CalibrantError {
  return new CalibrantError('not-found', `The run "${name}" has no results yet: wait until it is done, or start it again.`);
}

/** The model or the report of a finished run, named for the user's disk. */
export async function runFile({ store }: Pick<Context, 'store'>, runId: string, what: CheckedInput<'runs.file'>['what']): Promise<CallOutput<'runs.file'>> {
  const detail = runDetail(store, runId);
  const { model } = store.runs.files(runId);
  if (!detail.result || !model) throw unfinished(detail.row.name);
  const name = `${detail.row.modelName}-${fileSuffix(detail.row.recipe)}`;
  if (what === 'report') {
    return { name: `${name}-report.html`, mime: 'text/html', bytes: new TextEncoder().encode(writeReport(detail, detail.result)) };
  }
  if (what !== 'model') throw new CalibrantError('usage-not-supported-yet', 'not there yet');
  const bytes = new Uint8Array(await readFile(store.files.pathOf(model)));
  return { name: `${name}.onnx`, mime: 'application/octet-stream', bytes };
}

/** Ranges that a quantized model came with are not observed again. */
const observes = (recipe: Recipe): boolean => needsImages(recipe) && !recipe.quantizedInput.startsWith('keep');

/** Of the newest finished run of this model that looked at images: what the preview of a recipe is predicted from. */
export function latestStatistics(store: Store, projectId: string, modelId: string): string | null {
  const run = store.runs.list(projectId).find(({ id, state, recipe }) => state === 'done' && observes(recipe) && store.runs.inputs(id).modelId === modelId);
  const { statistics = null } = run ? store.runs.files(run.id) : {};
  return statistics && store.files.pathOf(statistics);
}

/** The distribution of one observed tensor, from the run's statistics. */
export async function runTensor(store: Store, runId: string, tensor: string): Promise<TensorStatistics> {
  const { statistics } = store.runs.files(runId);
  if (!statistics) throw unfinished(store.runs.get(runId).name);
  const file = v.parse(StatisticsFileSchema, JSON.parse(await readFile(store.files.pathOf(statistics), 'utf8')));
  const found = statisticsFromFile(file).get(tensor);
  if (!found) throw new CalibrantError('not-found', `The tensor "${tensor}" was not observed in this run: its range is fixed or shared with another tensor.`);
  return toTensorStatistics(tensor, found);
}
