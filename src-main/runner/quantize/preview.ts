import { readFile } from 'node:fs/promises';
import * as v from 'valibot';
import type { Recipe } from '../../contract/recipe.ts';
import type { PlanPreview } from '../../contract/results.ts';
import { StatisticsFileSchema } from '../../contract/statistics.ts';
import { excludedNames } from '../../core/quant/exclude.ts';
import { emitFloat16 } from '../../core/quant/emit/float16/convert.ts';
import { planQuantization } from '../../core/quant/plan.ts';
import { planPreview } from '../../core/quant/preview.ts';
import { statisticsFromFile } from '../../core/quant/statistics-file.ts';
import type { Statistics } from '../../core/quant/statistics.ts';
import { assertQuantizable } from '../../core/onnx/support.ts';
import { modelSize } from '../../core/onnx/write.ts';
import type { ModelFile } from '../model-file.ts';
import { sourceOf } from './existing.ts';
import { prepareWithoutData } from './prepare.ts';

export async function readStatistics(path: string): Promise<Map<string, Statistics>> {
  return statisticsFromFile(v.parse(StatisticsFileSchema, JSON.parse(await readFile(path, 'utf8'))));
}

/** What a recipe is going to make of a model. Only the batch is known without data; other open dimensions stay open. */
export function previewRecipe(file: ModelFile, recipe: Recipe, statistics: ReadonlyMap<string, Statistics> | null): PlanPreview {
  const { float, trained, notes, kept } = sourceOf(file.model, recipe);
  if (kept)
    return { nodes: { integer: 0, float: 0 }, placements: [], sizeBytes: { float: file.bytes, estimated: file.bytes }, predicted: null, warnings: notes };
  assertQuantizable(float);
  const prepared = prepareWithoutData(float, recipe).model;
  if (recipe.format !== 'float16') {
    const preview = planPreview(planQuantization(prepared, recipe, trained), recipe, statistics, file.bytes);
    return { ...preview, warnings: [...notes, ...preview.warnings] };
  }
  const exclude = excludedNames(prepared.graph.nodes, recipe);
  const half = emitFloat16(prepared, { ...recipe, exclude, ...(statistics ? { ranges: statistics } : {}) });
  return {
    nodes: { integer: 0, float: half.placements.length },
    placements: half.placements,
    sizeBytes: { float: file.bytes, estimated: modelSize(half.model) },
    predicted: null,
    warnings: [...notes, ...half.warnings],
  };
}
