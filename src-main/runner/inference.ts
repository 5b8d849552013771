import type { InputArray } from '../core/data/normalize.ts';
import type { Output } from '../core/detect/output.ts';
import { createTensor } from './feed.ts';
import { align, readOutputs } from './judges/outputs.ts';
import { inTurns, LANES, type Looker } from './looker.ts';
import type { ModelInput } from './model-input.ts';
import { openSession, type ModelSource, type Session } from './session.ts';

/** Survives structured clone. */
export interface InferenceTask {
  models: readonly { source: ModelSource; name: string }[];
  input: Pick<ModelInput, 'type' | 'shape'>;
  threads: number;
}

/** The outputs of each model under the first one's names, in shared memory. */
export type Inference = Looker<readonly (readonly Output[])[]>;

/** In this thread, with sessions of its own. Throws `model-refused-by-runtime`. */
export async function openInference({ models, input, threads }: InferenceTask): Promise<Inference> {
  const sessions: Session[] = [];
  const close = async () => {
    for (const session of sessions) await session.close();
  };
  try {
    for (const { source, name } of models) sessions.push(await openSession(source, name, { threads }));
  } catch (error) {
    await close();
    throw error;
  }
  return { ...inferWith(sessions, input), close };
}

/** In this thread, with sessions that stay open. */
export function inferWith(sessions: readonly Session[], input: InferenceTask['input']): Inference {
  const tensor = createTensor(input);
  // The sessions' own memory is overwritten by the next image, which may be computed before this one is judged.
  const memory = Array.from({ length: LANES }, () => sessions.map(() => createMemory()));
  let runs = 0;

  const infer = async (image: InputArray): Promise<Output[][]> => {
    (tensor.data as InputArray).set(image);
    const keep = memory[runs++ % LANES] as (typeof memory)[number];
    const all: Output[][] = [];
    for (const [i, { outputs, run }] of sessions.entries()) {
      const own = readOutputs(outputs.map(({ name }) => name), await run(tensor)); // prettier-ignore
      all.push((all[0] ? align(all[0], own) : own).map(keep[i] as ReturnType<typeof createMemory>));
    }
    return all;
  };
  return { look: inTurns(infer), collected: () => Promise.resolve(), close: () => Promise.resolve() };
}

/** Copies outputs by their place, each into memory that it keeps as long as it is large enough. */
function createMemory(): (output: Output, place: number) => Output {
  const places: Float32Array[] = [];
  return ({ name, dims, values }, place) => {
    const known = places[place];
    const memory = known && known.length >= values.length ? known : (places[place] = new Float32Array(new SharedArrayBuffer(4 * values.length)));
    memory.set(values);
    return { name, dims: [...dims], values: memory.subarray(0, values.length) };
  };
}
