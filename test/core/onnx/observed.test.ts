import { describe, expect, it } from 'vitest';
import type { Model } from '../../../src-main/core/onnx/graph.ts';
import { unknownTensors, withObserved, type ObservedShape } from '../../../src-main/core/onnx/observed.ts';
import { withOutputs } from '../../../src-main/core/onnx/outputs.ts';
import { prepareModel } from '../../../src-main/core/onnx/prepare.ts';
import { floatTensor } from '../../../src-main/core/onnx/tensor.ts';
import { info, modelOf, node } from './build.ts';
import { noise, runModel } from './run.ts';

/** What a run says of the tensors that are not known. */
async function observe(model: Model): Promise<Map<string, ObservedShape>> {
  const names = unknownTensors(model);
  const results = await runModel(withOutputs(model, names), { dynamic: 2 });
  return new Map(names.map((name) => [name, { type: results[name]?.type as ObservedShape['type'], dims: results[name]?.dims as number[] }]));
}

describe('shapes from a run', () => {
  /** The number of positive values decides a size; ONNX Runtime's own CDist has no rule. */
  const original = modelOf(
    {
      inputs: [info('x', [6, 4])],
      nodes: [
        node('CDist', ['x', 'w'], ['far'], { metric: 'euclidean' }, 'com.microsoft'),
        node('Relu', ['far'], ['near']),
        node('NonZero', ['x'], ['where']),
        node('Transpose', ['where'], ['places']),
        node('Transpose', ['near'], ['y']),
      ],
      outputs: [info('y', null, 'other'), info('places', null, 'other')],
      constants: [floatTensor('w', [5, 4], noise(20))],
    },
    13,
    { 'com.microsoft': 1 },
  );

  it('fill what inference does not know, and what follows from it', async () => {
    const { model } = prepareModel(original);
    expect(unknownTensors(model)).toEqual(['far', 'near', 'where', 'places', 'y']);
    const observed = await observe(model);
    const { model: filled, notes } = prepareModel(original, { observedShapes: observed });
    expect(unknownTensors(filled)).toEqual([]);
    expect(filled.graph.values.get('near')).toEqual(info('near', [6, 5]));
    expect(filled.graph.outputs).toEqual([info('y', [5, 6]), info('places', [24, 2], 'int64')]);
    expect(notes).toContainEqual({ severity: 'note', code: 'prepared-observed', message: expect.stringMatching(/: 5\.$/) });
    // One tensor is enough where the rest follows.
    const one = withObserved(model, new Map([['far', observed.get('far') as ObservedShape]]));
    expect(unknownTensors(one)).toEqual(['where', 'places']);
  });

  it('leave alone what is known, dynamic dimensions of inputs included', () => {
    const relu = modelOf({ inputs: [info('x', ['N', 4])], nodes: [node('Relu', ['x'], ['a']), node('Neg', ['a'], ['y'])] });
    const { model } = prepareModel(relu);
    expect(unknownTensors(model)).toEqual([]);
    const filled = withObserved(
      model,
      new Map([
        ['a', { type: 'float32', dims: [1, 4] }],
        ['gone', { type: 'float32', dims: [7] }],
      ]),
    );
    expect(filled.graph.values.get('y')?.shape).toEqual(['N', 4]);
    expect(filled.graph.values.has('gone')).toBe(false);
  });

  it('take the place of names that only the file knows', () => {
    const model = modelOf({ nodes: [node('Mystery', ['x'], ['a'], {}, 'my.domain'), node('Relu', ['a'], ['y'])] });
    model.graph.values.set('a', info('a', [1, 'unknown_17']));
    const { model: prepared } = prepareModel(model);
    expect(unknownTensors(prepared)).toEqual(['a', 'y']);
    expect(withObserved(prepared, new Map([['a', { type: 'float32', dims: [1, 8] }]])).graph.outputs).toEqual([info('y', [1, 8])]);
  });
});
