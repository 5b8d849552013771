import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Recipe } from '../../src-main/contract/recipe.ts';
import type { DiagnoseResult } from '../../src-main/contract/results.ts';
import { renameReads } from '../../src-main/core/onnx/passes/rename.ts';
import type { Model } from '../../src-main/core/onnx/graph.ts';
import { readModel } from '../../src-main/core/onnx/read.ts';
import { floatTensor } from '../../src-main/core/onnx/tensor.ts';
import { writeModel } from '../../src-main/core/onnx/write.ts';
import { node } from '../core/quant/build.ts';
import { temporaryFolder } from '../fixtures/images.ts';
import { recipe, runJob, SAMPLE } from './harness.ts';

const data = { path: SAMPLE.data, seed: 0 };
const images = { data, skipSamples: 100, samples: 4 };

/** The sample model in a form. */
async function quantized(fields: Partial<Recipe>): Promise<string> {
  const output = join(temporaryFolder(), 'q.onnx');
  await runJob({ kind: 'quantize', model: SAMPLE.model, data, recipe: recipe({ samples: 10, ...fields }), output });
  return output;
}

async function diagnose(model: string, float = SAMPLE.model): Promise<DiagnoseResult> {
  return (await runJob({ kind: 'diagnose', float, quantized: model, confirm: 0, ...images })).result;
}

function saved(model: Model, name: string): string {
  const path = join(temporaryFolder(), name);
  writeFileSync(path, writeModel(model));
  return path;
}

/** SQNR (dB) of the output by the other way there is to measure it. */
async function outputSqnr(model: string): Promise<number> {
  const { result } = await runJob({ kind: 'evaluate', model, against: SAMPLE.model, ...images });
  return result.outputError?.sqnrDb as number;
}

describe('every form of a model is compared tensor by tensor', () => {
  test('integer operators like pairs of QuantizeLinear and DequantizeLinear', async () => {
    const fields = { activations: 'int8', symmetricActivations: true } as const;
    const integer = await quantized({ format: 'qoperator', ...fields });
    const [want, got] = [await diagnose(await quantized({ format: 'qdq', ...fields })), await diagnose(integer)];
    expect(got.unmatched).toEqual([]);
    expect(got.warnings).toEqual([]);
    expect(got.tensors.length).toBeGreaterThan(40);
    expect(got.tensors.map(({ name }) => name)).toEqual(want.tensors.map(({ name }) => name));
    got.tensors.forEach(({ name, cumulative, local }, i) => {
      expect(local, name).toEqual(want.tensors[i]?.local);
      expect(Math.abs((cumulative.sqnrDb as number) - (want.tensors[i]?.cumulative.sqnrDb as number)), name).toBeLessThan(1);
      // A symmetric range observed behind a Clip leaves out what is below zero: with that, 17 dB.
      expect(local?.sqnrDb, name).toBeGreaterThan(28);
    });
    expect(got.tensors.at(-1)?.cumulative.sqnrDb).toBeCloseTo(await outputSqnr(integer), 3);
  });

  test('half precision', async () => {
    const model = await quantized({ format: 'float16' });
    const { tensors, unmatched, warnings } = await diagnose(model);
    expect([unmatched, warnings]).toEqual([[], []]);
    expect(tensors.length).toBeGreaterThan(40);
    for (const { cumulative, local } of tensors) {
      expect(cumulative.sqnrDb).toBeGreaterThan(55);
      expect(local).toBeNull();
    }
    // With its inner tensors as outputs, ONNX Runtime rounds to half precision where it otherwise would not.
    expect(Math.abs((tensors.at(-1)?.cumulative.sqnrDb as number) - (await outputSqnr(model)))).toBeLessThan(4);
  });
});

describe('what cannot be compared is said', () => {
  test('most tensors have other names', async () => {
    const model = readModel(readFileSync(SAMPLE.model));
    const kept = new Set(model.graph.outputs.map(({ name }) => name));
    const names = new Map(
      model.graph.nodes.flatMap(({ outputs }) => outputs.filter((name) => !kept.has(name)).map((name) => [name, `other_${name}`] as const)),
    );
    const nodes = model.graph.nodes.map((one) => ({ ...renameReads(one, names), outputs: one.outputs.map((name) => names.get(name) ?? name) }));
    const { tensors, unmatched, warnings } = await diagnose(saved({ ...model, graph: { ...model.graph, nodes, values: new Map() } }, 'other.onnx'));
    expect(tensors.map(({ name }) => name)).toEqual(['logits']);
    expect(warnings).toEqual([{ severity: 'warning', code: 'diagnose-few-tensors', message: expect.any(String) }]);
    const [{ message = '' } = {}] = warnings;
    expect(message).toContain(`Only 1 of the ${unmatched.length + 1} tensors of model.onnx were compared with other.onnx`);
    expect(message).toContain(`${unmatched.length} are not there under their names`);
  });

  test('a tensor is infinite in one model only', async () => {
    const sample = readModel(readFileSync(SAMPLE.model));
    const [input] = sample.graph.inputs;
    /** Exp overflows where its argument is above 88. */
    const withFactor = (factor: number): Model => {
      const nodes = [
        node('Mul', [input?.name as string, 'factor'], ['scaled']),
        node('Exp', ['scaled'], ['powers']),
        node('Sigmoid', ['powers'], ['gates']),
        node('GlobalAveragePool', ['gates'], ['means']),
        node('Flatten', ['means'], ['logits']),
      ];
      const outputs = [{ name: 'logits', type: 'float32' as const, shape: [1, 3] }];
      const constants = new Map([['factor', floatTensor('factor', [], Float32Array.of(factor))]]);
      return { ...sample, graph: { ...sample.graph, nodes, outputs, constants, values: new Map() } };
    };
    const { tensors, unmatched, warnings } = await diagnose(saved(withFactor(1000), 'q.onnx'), saved(withFactor(1), 'float.onnx'));
    expect(unmatched).toEqual(['powers']);
    expect(tensors.map(({ name }) => name)).toEqual(['scaled', 'gates', 'means', 'logits']);
    expect(warnings).toEqual([
      { severity: 'warning', code: 'diagnose-infinite', message: expect.stringContaining('q.onnx makes infinite what is finite in float.onnx: powers') },
    ]);
  });
});
