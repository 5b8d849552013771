import type { DataItem, DataSpec } from '../contract/data.ts';
import { CalibrantError } from '../contract/errors.ts';
import type { Problem, TensorInfo } from '../contract/model.ts';
import type { Preprocess } from '../contract/preprocess.ts';
import type { Seed } from '../contract/recipe.ts';
import type { Task } from '../contract/task.ts';
import { sampleOrder } from '../core/data/order.ts';
import { readData, type Data } from './data/read-index.ts';
import { joinInput, type ModelInput } from './model-input.ts';

/** The data of a job, joined to its model's input. */
export interface JobData {
  items: readonly DataItem[];
  /** Names by label, before `labelOffset`. */
  classes: readonly string[];
  /** Positions of all items in the seed's order. */
  order: Uint32Array;
  seed: Seed;
  input: ModelInput;
  /** The folder that `file` and `mask` of the items are relative to. */
  folder: string;
  /** What the job says, else `task.json` beside the data; null: to be told from labels and outputs. */
  task: { task: Task; from: 'job' | 'file' } | null;
  problems: Problem[];
  /** Under way since the job began. */
  sha256: Promise<string>;
}

/** Throws what `readData` and `joinInput` throw. */
export async function openJobData(spec: DataSpec, inputs: readonly TensorInfo[]): Promise<JobData> {
  const data = await readData(spec.path);
  return { ...joinData(data, spec, inputs), sha256: data.sha256() };
}

/** Data that were read before. Throws what `joinInput` throws. */
export function joinData(data: Data, { preprocess, seed, task }: DataSpec, inputs: readonly TensorInfo[]): Omit<JobData, 'sha256'> {
  const input = joinInput(inputs, data, preprocess);
  return {
    items: data.index.items,
    classes: data.index.classes,
    order: sampleOrder(data.index.items.length, seed),
    seed,
    input,
    folder: data.index.path,
    task: task ? { task, from: 'job' } : data.index.task ? { task: data.index.task, from: 'file' } : null,
    problems: [...data.index.problems, ...input.notes],
  };
}

/** The samples behind the first `skip` of the order, `count` of them at most. Throws `data-too-few` when none remain. */
export function takeSamples({ order }: JobData, skip: number, count = Infinity): Uint32Array {
  if (skip >= order.length) {
    throw new CalibrantError('data-too-few', `The data have ${order.length} samples, and ${skip} are to be left out; leave out fewer or add data.`);
  }
  return order.slice(skip, Math.min(order.length, skip + count));
}

/** What of the data goes into a result's provenance. */
export async function provenanceOf(data: JobData): Promise<{ dataSha256: string; preprocess: Preprocess | null; task: Task | null; seed: Seed }> {
  return { dataSha256: await data.sha256, preprocess: data.input.preprocess, task: data.task?.task ?? null, seed: data.seed };
}
