import { stat } from 'node:fs/promises';
import * as v from 'valibot';
import { CalibrantError } from '../contract/errors.ts';
import { SERVICE_CALLS, type ServiceCall, type ServiceInput, type ServiceOutput } from '../contract/jobs.ts';
import type { ModelReport } from '../contract/model.ts';
import { auditQuantized } from '../core/quant/existing/audit.ts';
import { foldTrainedWeights } from '../core/quant/existing/fold-trained.ts';
import { inspectModel } from '../core/onnx/inspect.ts';
import { readData, type Data } from './data/read-index.ts';
import { samplesOf } from './data/samples.ts';
import type { ImageSource } from './images/decode.ts';
import { previewTensor, thumbnail } from './images/preview.ts';
import { fileSource, readModelFile, type ModelFile } from './model-file.ts';
import { createImageComparer } from './questions/compare-image.ts';
import { drawPictures } from './questions/draw-pictures.ts';
import { createPlanMemory } from './questions/plan-memory.ts';
import { createRangeChoices, distributionOf } from './questions/range-choices.ts';
import { distributionOfWeight } from './questions/weight-distribution.ts';
import { previewRecipe, readStatistics } from './quantize/preview.ts';
import { openSession } from './session.ts';

type Answers = { [K in ServiceCall]: (input: ServiceInput<K>) => Promise<ServiceOutput<K>> };

/** Answers single questions about models and images; remembers the last model and the last data, since questions come in flocks. */
export function createService(): (call: string, input: unknown) => Promise<unknown> {
  const models = remember(readModelFile);
  const folders = remember(readData);
  const distributions = remember(readStatistics);
  const compareImage = createImageComparer();
  const plans = createPlanMemory();
  const rangeChoices = createRangeChoices();

  const imageAt = async (path: string, index: number): Promise<ImageSource> => {
    const data: Data = await folders(path);
    const samples = samplesOf(data);
    if (samples.content !== 'images' || !data.index.items[index]) {
      throw new CalibrantError('data-unreadable', `There is no image number ${index} in ${path}.`);
    }
    return samples.image(index);
  };
  const answers: Answers = {
    inspect: async ({ model }) => describeModel(await models(model)),
    indexData: async ({ path }) => {
      const { index, sha256 } = await folders(path, true);
      return { ...index, sha256: await sha256() };
    },
    thumbnail: async ({ path, index, size }) => thumbnail(await imageAt(path, index), size),
    previewTensor: async ({ path, index, preprocess }) => previewTensor(await imageAt(path, index), preprocess),
    compareImage: async (question) => compareImage(await folders(question.data.path), question),
    rangeChoices: async ({ model, statistics, ...question }) =>
      rangeChoices(plans(await models(model), question.recipe), await distributions(statistics), question),
    distribution: async ({ model, recipe, statistics, tensor }) => distributionOf(plans(await models(model), recipe), await distributions(statistics), tensor),
    weightDistribution: async ({ model, recipe, weight }) => distributionOfWeight(plans(await models(model), recipe), weight, recipe),
    drawPictures,
    plan: async ({ model, recipe, statistics }) =>
      previewRecipe(await models(model), recipe, statistics === undefined ? null : await distributions(statistics)),
  };
  return async (call, input) => {
    const name = call as ServiceCall;
    if (!Object.hasOwn(SERVICE_CALLS, call)) throw new CalibrantError('call-unknown', `The runner does not know the question "${call}".`);
    const answer = answers[name] as (input: unknown) => Promise<unknown>;
    return v.parse(SERVICE_CALLS[name].output, await answer(v.parse(SERVICE_CALLS[name].input, input)));
  };
}

async function describeModel(file: ModelFile): Promise<ModelReport> {
  const report = inspectModel(file.model);
  const audit = report.quantization === 'none' ? null : auditQuantized(foldTrainedWeights(file.model));
  return {
    ...report,
    problems: [...report.problems, ...(audit?.findings ?? [])],
    audit: audit && audit.summary,
    file: { name: file.name, bytes: file.bytes, sha256: file.sha256, external: file.external },
    runtime: await tryToLoad(file),
  };
}

async function tryToLoad(file: ModelFile): Promise<ModelReport['runtime']> {
  try {
    await (await openSession(fileSource(file), file.name)).close();
    return { loads: true, message: null };
  } catch (error) {
    return { loads: false, message: error instanceof CalibrantError ? String(error.details?.['reason'] ?? error.message) : String(error) };
  }
}

/** The last answer for a path, until the file or folder changes. Many may ask while it is being read. */
function remember<T>(read: (path: string) => Promise<T>): (path: string, again?: boolean) => Promise<T> {
  let last: { path: string; stamp: string; value: Promise<T> } | undefined;
  return async (path, again = false) => {
    const info = await stat(path).catch(() => null);
    const stamp = info ? `${info.mtimeMs} ${info.size}` : '';
    if (!again && last?.path === path && last.stamp === stamp) return last.value;
    const fresh = { path, stamp, value: read(path) };
    last = fresh;
    fresh.value.catch(() => {
      if (last === fresh) last = undefined;
    });
    return fresh.value;
  };
}
