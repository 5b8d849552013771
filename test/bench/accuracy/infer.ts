import { readData } from '../../../src-main/runner/data/read-index.ts';
import { createTensor } from '../../../src-main/runner/feed.ts';
import { joinInput } from '../../../src-main/runner/model-input.ts';
import { openSession } from '../../../src-main/runner/session.ts';
import type { Preprocess } from '../../../src-main/contract/preprocess.ts';
import type { InputArray } from '../../../src-main/core/data/normalize.ts';

/** The first output of each model for each image of a folder, fed as the product feeds it. */
export async function infer(
  models: readonly string[],
  folder: string,
  preprocess: Preprocess,
  visit: (file: string, outputs: Float32Array[]) => Promise<void> | void,
): Promise<void> {
  const sessions = await Promise.all(models.map((model) => openSession(model, model)));
  const [first] = sessions;
  if (!first) return;
  const data = await readData(folder);
  const input = joinInput(first.inputs, data, preprocess);
  const tensor = createTensor(input);
  for (const [position, { file }] of data.index.items.entries()) {
    await input.fill(position, tensor.data as InputArray);
    const outputs: Float32Array[] = [];
    for (const session of sessions) outputs.push((await session.run(tensor))[session.outputs[0]?.name ?? '']?.data as Float32Array);
    await visit(file, outputs);
  }
  for (const session of sessions) await session.close();
}
