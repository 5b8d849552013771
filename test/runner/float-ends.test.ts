import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Recipe } from '../../src-main/contract/recipe.ts';
import { readModel } from '../../src-main/core/onnx/read.ts';
import { sha256 } from '../../src-main/runner/data/hash.ts';
import { temporaryFolder } from '../fixtures/images.ts';
import { failureOf, recipe, runJob, SAMPLE } from './harness.ts';

const data = { path: SAMPLE.data, seed: 0 };
const SAMPLES = 40;

/** The sample model, quantized. */
async function quantized(fields: Partial<Recipe>): Promise<string> {
  const output = join(temporaryFolder(), 'q.onnx');
  await runJob({ kind: 'quantize', model: SAMPLE.model, data, recipe: recipe({ samples: 10, ...fields }), output });
  return output;
}
const bare = { inputType: 'quantized', outputType: 'quantized' } as const;
const against = (model: string) => ({ kind: 'evaluate' as const, model, against: SAMPLE.model, data, skipSamples: 100, samples: SAMPLES });

describe('a model that takes and gives no float', () => {
  test.each([
    ['codes of QDQ', { format: 'qdq' }],
    ['codes of integer operators', { format: 'qoperator', activations: 'int8' }],
    ['half precision', { format: 'float16' }],
  ] as [string, Partial<Recipe>][])('is evaluated and diagnosed against its float model: %s', async (_what, form) => {
    const model = await quantized({ ...form, ...bare });
    const { result } = await runJob(against(model));
    expect(result.top1).toBeGreaterThan(80);
    expect(result.agreement).toBeGreaterThan(90);
    expect(result.outputError?.sqnrDb).toBeGreaterThan(15);
    // What is said of the file is said of the file.
    expect(result.model).toEqual({ file: 'q.onnx', sha256: sha256(readFileSync(model)), bytes: statSync(model).size });
    expect(result.warnings).toContainEqual(expect.objectContaining({ severity: 'note', code: 'float-ends', message: expect.stringContaining('float ends') }));

    const diagnosis = await runJob({ kind: 'diagnose', float: SAMPLE.model, quantized: model, data, skipSamples: 100, samples: 4, confirm: 0 });
    expect(diagnosis.result.tensors.map(({ index }) => index)).toContain(readModel(readFileSync(SAMPLE.model)).graph.nodes.length - 1);
    expect(diagnosis.result.warnings).toContainEqual(expect.objectContaining({ code: 'float-ends' }));
  });

  test('goes through a whole run', async () => {
    const folder = temporaryFolder();
    const { result } = await runJob({
      kind: 'run',
      model: SAMPLE.model,
      data,
      recipe: recipe({ samples: 320, range: 'minmax', ...bare }),
      output: join(folder, 'q.onnx'),
      statistics: join(folder, 'statistics.json'),
    });
    expect(result.evaluate.agreement).toBeGreaterThan(90);
    expect(result.evaluate.warnings).toContainEqual(expect.objectContaining({ code: 'float-ends' }));
  });
});

test('half precision alone is fed, too; codes alone are fed as they are', async () => {
  const half = await runJob({ kind: 'evaluate', model: await quantized({ format: 'float16', ...bare }), data, skipSamples: 0, samples: SAMPLES });
  expect(half.result.top1).toBeGreaterThan(80);
  expect(half.result.warnings).toContainEqual(expect.objectContaining({ code: 'float-ends' }));
  const codes = { kind: 'evaluate' as const, model: await quantized(bare), data, skipSamples: 0, samples: SAMPLES };
  expect(await failureOf(codes)).toMatchObject({ code: 'preprocess-mismatch', message: expect.stringContaining('uint8') });
});
