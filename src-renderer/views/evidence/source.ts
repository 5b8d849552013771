import type { RunRow } from '../../../src-main/contract/projects.ts';
import { resultWord } from '../../../src-main/contract/recipe-words.ts';
import type { RunResult } from '../../../src-main/contract/results.ts';
import { recipeWords } from '../../components/recipe.ts';

/** Which run a picture is of, in lines that allow to find it again: names and whole hashes. */
export function sourceOf(row: RunRow, result: RunResult): string[] {
  const { provenance, outputSha256 } = result.quantize;
  return [
    `${row.name} · ${recipeWords(row.recipe)} · ${row.createdAt}`,
    `float ${row.modelName} ${provenance.modelSha256}`,
    `${resultWord(row.recipe)} ${outputSha256}`,
    `data ${row.datasetName} ${provenance.dataSha256} · Calibrant ${provenance.calibrant}, ONNX Runtime ${provenance.onnxruntime}`,
  ];
}
