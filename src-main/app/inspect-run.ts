import { readFile } from 'node:fs/promises';
import * as v from 'valibot';
import type { CallOutput, CheckedInput } from '../contract/calls.ts';
import { CalibrantError } from '../contract/errors.ts';
import { ChannelErrorsSchema } from '../contract/evidence.ts';
import { PreprocessSchema } from '../contract/preprocess.ts';
import type { Context } from './context.ts';
import { dataSpec } from './datasets.ts';
import { modelPath } from './models.ts';
import { unfinished } from './runs.ts';

/** What the window asks about single tensors and images of a finished run. Everything heavy is the service's. */

export async function runTensor(context: Context, { runId, tensor }: CheckedInput<'runs.tensor'>): Promise<CallOutput<'runs.tensor'>> {
  return context.service.ask('distribution', { ...(await observedIn(context, runId)), tensor });
}

export async function runRanges(context: Context, { runId, tensor, tried }: CheckedInput<'runs.ranges'>): Promise<CallOutput<'runs.ranges'>> {
  return context.service.ask('rangeChoices', { ...(await observedIn(context, runId)), tensor, ...(tried ? { tried } : {}) });
}

export async function runWeight(context: Context, { runId, weight }: CheckedInput<'runs.weight'>): Promise<CallOutput<'runs.weight'>> {
  const { model, recipe } = await observedIn(context, runId);
  return context.service.ask('weightDistribution', { model, recipe, weight });
}

/** Empty for runs of before channels were looked at. @throws CalibrantError `not-found`, `store-corrupt` */
export async function runChannels({ store }: Context, { runId }: CheckedInput<'runs.channels'>): Promise<CallOutput<'runs.channels'>> {
  const { channels } = store.runs.files(runId);
  if (channels === null) return [];
  try {
    return v.parse(v.array(ChannelErrorsSchema), JSON.parse(await readFile(store.files.pathOf(channels), 'utf8')));
  } catch (error) {
    throw new CalibrantError('store-corrupt', 'The errors by channel of this run cannot be read; run its recipe again to get them back.', { runId }, error);
  }
}

/** On the data as they are now, preprocessed as in the run; the task is the one in force. */
export async function runImage(context: Context, { runId, position }: CheckedInput<'runs.image'>): Promise<CallOutput<'runs.image'>> {
  const { runs, files, datasets, results } = context.store;
  const { name, recipe } = runs.get(runId);
  const { model } = runs.files(runId);
  if (!model) throw unfinished(name);
  const { modelId, datasetId } = runs.inputs(runId);
  const own = v.safeParse(PreprocessSchema, results.ofRun(runId)?.quantize.provenance.preprocess);
  const data = { ...dataSpec(datasets.get(datasetId), recipe.seed), ...(own.success ? { preprocess: own.output } : {}) };
  return context.service.ask('compareImage', { float: await modelPath(context, modelId), quantized: files.pathOf(model), data, position });
}

/** The float model of a finished run, its recipe and what was observed. */
async function observedIn(context: Context, runId: string) {
  const { runs, files } = context.store;
  const { name, recipe } = runs.get(runId);
  const { statistics } = runs.files(runId);
  if (!statistics) throw unfinished(name);
  return { model: await modelPath(context, runs.inputs(runId).modelId), recipe, statistics: files.pathOf(statistics) };
}
