import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { forkRunner, runOnce } from '../../../src-main/app/index.ts';
import type { DataSpec } from '../../../src-main/contract/data.ts';
import { DEFAULT_RECIPE, type Recipe } from '../../../src-main/contract/recipe.ts';
import type { EvaluateResult } from '../../../src-main/contract/results.ts';

export const root = resolve(import.meta.dirname, '../../..');

/** For what the bench writes; whoever runs it removes it. */
export const scratch = mkdtempSync(join(tmpdir(), 'calibrant-bench-'));

const spawn = forkRunner(join(root, 'src-main/runner/main.ts'));
let files = 0;

/** Quantizes as the product does, on the first images of the seed's order. Returns the path of the new model. */
export async function quantize(model: string, data: DataSpec, changes: Partial<Recipe>): Promise<string> {
  const output = join(scratch, `${files++}.onnx`);
  await runOnce(spawn, { kind: 'quantize', model, data, recipe: { ...DEFAULT_RECIPE, ...changes }, output });
  return output;
}

/** Judges both models as the product does, on the images behind the first `skipSamples`. */
export function evaluate(quantized: string, float: string, data: DataSpec, skipSamples: number): Promise<EvaluateResult> {
  return runOnce(spawn, { kind: 'evaluate', model: quantized, against: float, data, skipSamples });
}
