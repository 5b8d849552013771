import { readFileSync } from 'node:fs';
import { parsePreprocess } from '../../../src-main/core/data/data-files.ts';
import { DEFAULT_RECIPE, type Recipe } from '../../../src-main/contract/recipe.ts';
import { evaluate, quantize } from './jobs.ts';
import type { Result } from './result.ts';

/** A classifier with the images that belong to it. */
export interface Classifier {
  model: string;
  data: string;
  /** Path of a preprocess.json; null where it lies beside the data or the data are no images. */
  preprocess: string | null;
}

/** One set of 100 images says little: INT8 answers flip with rounding errors in the last place. */
const SEEDS = [0, 1, 2];

/** Top-1 on the images that did not calibrate, by the product's own jobs; the mean over several drawings of the images that do. */
export async function measureTop1({ model, data: path, preprocess }: Classifier, changes: Partial<Recipe> = {}): Promise<Result> {
  const { samples } = { ...DEFAULT_RECIPE, ...changes };
  const rounds = [];
  for (const seed of SEEDS) {
    const data = { path, seed, ...(preprocess ? { preprocess: parsePreprocess(readFileSync(preprocess, 'utf8'), preprocess) } : {}) };
    const result = await evaluate(await quantize(model, data, { ...changes, seed }), model, data, samples);
    const [float, quantized] = [result.against?.top1, result.top1];
    if (float == null || quantized == null) throw new Error(`No accuracy on ${path}: it has no labels`);
    rounds.push({ float, quantized, images: result.images, agreement: result.agreement ?? 0, sqnr: result.outputError?.sqnrDb ?? null });
  }
  const mean = (values: number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
  const images = rounds[0]?.images ?? 0;
  const count = (percent: number): string => ((percent * images) / 100).toFixed(0);
  return {
    float: mean(rounds.map(({ float }) => float)),
    quantized: mean(rounds.map(({ quantized }) => quantized)),
    counts:
      `${rounds.map(({ float, quantized }) => `${count(float)}→${count(quantized)}`).join(', ')} of ${images} images (seeds ${SEEDS.join(', ')}); ` +
      `same answer ${mean(rounds.map(({ agreement }) => agreement)).toFixed(1)} %, SQNR ${rounds.map(({ sqnr }) => sqnr?.toFixed(1) ?? '–').join(', ')} dB`,
    oneImage: 100 / images,
  };
}
