import type { Problem } from '../../contract/model.ts';
import { needsImages, type Recipe } from '../../contract/recipe.ts';
import { fixInputShapes } from '../../core/onnx/fix-shapes.ts';
import type { Model } from '../../core/onnx/graph.ts';
import { unknownTensors, type ObservedShape } from '../../core/onnx/observed.ts';
import { withOutputs } from '../../core/onnx/outputs.ts';
import { prepareModel } from '../../core/onnx/prepare.ts';
import { requiredOpset } from '../../core/quant/plan.ts';
import { createTensor } from '../feed.ts';
import type { JobData } from '../job-data.ts';
import type { ModelInput } from '../model-input.ts';
import { note } from '../problems.ts';
import { openModel } from '../session.ts';

export interface Prepared {
  model: Model;
  notes: Problem[];
}

/**
 * The model as the recipe's plan wants it. Where images calibrate, tensors are laid out for one of them, as devices run them; otherwise open dimensions stay open.
 * @param input fixes the dimensions that the model leaves open
 */
export function prepareFor(
  float: Model,
  input: Pick<ModelInput, 'name' | 'shape'> | null,
  recipe: Recipe,
  observedShapes?: ReadonlyMap<string, ObservedShape>,
): Prepared {
  const fixed = input && needsImages(recipe) ? fixInputShapes(float, new Map([[input.name, input.shape]])) : float;
  const { model, notes } = prepareModel(fixed, { opset: requiredOpset(recipe), ...(observedShapes ? { observedShapes } : {}) });
  return { model, notes: fixed === float ? notes : [...notes, ...batchNote(float)] };
}

/** The same without any data: only the batch is known then, other open dimensions stay open. */
export function prepareWithoutData(float: Model, recipe: Recipe): Prepared {
  const [input] = float.graph.inputs;
  const shape = input?.shape?.map((dim, i) => (i === 0 && typeof dim !== 'number' ? 1 : dim)) ?? [];
  const fixed = shape.every((dim) => typeof dim === 'number');
  return prepareFor(float, fixed && input ? { name: input.name, shape } : null, recipe);
}

/** With the data's; types and shapes that cannot be inferred are taken from one run on the first sample. */
export async function prepareAndLook(float: Model, data: JobData, recipe: Recipe): Promise<Prepared> {
  const prepared = prepareFor(float, data.input, recipe);
  const unknown = unknownTensors(prepared.model);
  return unknown.length === 0 ? prepared : prepareFor(float, data.input, recipe, await look(prepared.model, unknown, data));
}

async function look(model: Model, names: readonly string[], data: JobData): Promise<Map<string, ObservedShape>> {
  const session = await openModel(withOutputs(model, names), 'the prepared model');
  try {
    const sample = createTensor(data.input);
    // Shapes do not depend on what is in the image; where they do (NonMaxSuppression), one run cannot tell them anyway.
    const outputs = await session.run(sample);
    return new Map(
      names.flatMap((name) => {
        const tensor = outputs[name];
        return tensor ? [[name, { type: tensor.type as ObservedShape['type'], dims: tensor.dims }] as const] : [];
      }),
    );
  } finally {
    await session.close();
  }
}

function batchNote({ graph }: Model): Problem[] {
  const dynamic = graph.inputs.some(({ shape }) => typeof shape?.[0] !== 'number');
  return dynamic ? [note('batch-fixed', 'The float model takes any number of images at a time; the quantized one takes one.')] : [];
}
