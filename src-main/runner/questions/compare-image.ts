import { join } from 'node:path';
import type { Tensor } from 'onnxruntime-node';
import type { DataItem } from '../../contract/data.ts';
import { CalibrantError } from '../../contract/errors.ts';
import type { ImageComparison } from '../../contract/evidence.ts';
import type { ServiceInput } from '../../contract/jobs.ts';
import type { Task } from '../../contract/task.ts';
import type { Size } from '../../core/data/geometry.ts';
import type { InputArray } from '../../core/data/normalize.ts';
import { nearestBefore, partingPoint } from '../../core/metrics/parting.ts';
import { samplesOf } from '../data/samples.ts';
import type { Data } from '../data/read-index.ts';
import { openPairSessions, sqnrOfImage, type PairSessions } from '../diagnose/pair-sessions.ts';
import { createTensor } from '../feed.ts';
import { readMaskOf } from '../images/mask.ts';
import { openImage } from '../images/decode.ts';
import { thumbnail } from '../images/preview.ts';
import { joinData, type JobData } from '../job-data.ts';
import { judgeAlike, type JudgedModel } from '../judged-model.ts';
import { chooseTask } from '../judges/choose-task.ts';
import { align, readOutputs } from '../judges/outputs.ts';
import { readModelFile } from '../model-file.ts';
import { seenBy, truthBoxes, truthMask } from './seen-by.ts';

/** Of the picture that is shown. */
const LONGER_SIDE = 768;

type Question = ServiceInput<'compareImage'>;

/** Two models that are open, with the data that they are compared on. */
interface OpenPair {
  key: string;
  data: Data;
  joined: Omit<JobData, 'sha256'>;
  sessions: PairSessions;
  names: { float: string[]; quantized: string[] };
  before: Map<string, string[]>;
  tensor: Tensor;
}

/** Compares single images; the two models of the last question stay open for the next. One question after the other: the sessions overwrite their outputs. */
export function createImageComparer(): (data: Data, question: Question) => Promise<ImageComparison> {
  let last: OpenPair | undefined;
  let queue: Promise<unknown> = Promise.resolve();

  const pairOf = async (data: Data, question: Question): Promise<OpenPair> => {
    const key = JSON.stringify([question.float, question.quantized, question.data]);
    if (last?.key === key && last.data === data) return last;
    const before = last;
    last = undefined;
    await before?.sessions.close();
    return (last = await open(key, data, question));
  };
  return (data, question) => {
    const answer = queue.then(async () => compare(await pairOf(data, question), question.position));
    queue = answer.catch(() => undefined);
    return answer;
  };
}

async function open(key: string, data: Data, question: Question): Promise<OpenPair> {
  const stored = { ...(await readModelFile(question.quantized)), name: 'the quantized model' };
  const [float, quantized] = judgeAlike([await readModelFile(question.float), stored]) as [JudgedModel, JudgedModel];
  const joined = joinData(data, question.data, float.model.graph.inputs);
  const sessions = await openPairSessions(float, quantized, joined.input);
  const outputs = ({ model: { graph } }: JudgedModel): string[] => graph.outputs.map(({ name }) => name);
  const nearest = nearestBefore(
    float.model.graph,
    sessions.pairs.map(({ floatTensor }) => floatTensor),
  );
  const nameOf = new Map(sessions.pairs.map(({ floatTensor, name }) => [floatTensor, name]));
  return {
    key,
    data,
    joined,
    sessions,
    names: { float: outputs(float), quantized: outputs(quantized) },
    before: new Map([...nearest].map(([tensor, earlier]) => [nameOf.get(tensor) ?? tensor, earlier.map((one) => nameOf.get(one) ?? one)])),
    tensor: createTensor(joined.input),
  };
}

async function compare({ data, joined, sessions, names, before, tensor }: OpenPair, position: number): Promise<ImageComparison> {
  const item = joined.items[position];
  if (!item) throw new CalibrantError('not-found', `The data have no image number ${position}; they have changed since the run. Choose another one.`);
  const image = await joined.input.fill(position, tensor.data as InputArray).catch((cause: unknown) => {
    throw unusable(item, cause);
  });
  const made = await sessions.run(tensor);
  const float = readOutputs(names.float, made.float);
  const quantized = align(float, readOutputs(names.quantized, made.quantized));
  const { task } = chooseTask(joined, joined.order, float);
  const path = sqnrOfImage(sessions.pairs, made);
  return {
    position,
    file: item.file,
    label: item.label,
    labelName: item.label === null ? null : joined.classes[item.label] || null,
    image: await pictureOf(data, position),
    truth: { boxes: truthBoxes(task, joined, item), mask: await maskOf(task, joined, item, image) },
    ...seenBy(task, joined, image, float, quantized),
    classes: task.task === 'segmentation' ? [...(task.classes ?? joined.classes)] : [],
    path,
    parts: partingPoint(path, before),
  };
}

function unusable({ file }: DataItem, cause: unknown): CalibrantError {
  if (!(cause instanceof CalibrantError)) throw cause;
  return new CalibrantError(cause.code, `${file} cannot be compared: ${cause.message}`, cause.details, cause);
}

/** null for feature data. */
async function pictureOf(data: Data, position: number): Promise<ImageComparison['image']> {
  const samples = samplesOf(data);
  if (samples.content !== 'images') return null;
  const source = await samples.image(position);
  const { size } = await openImage(source);
  const { jpeg } = await thumbnail(source, LONGER_SIDE);
  return { jpeg, width: size.width, height: size.height };
}

/** null where the item has none that can be read: the evaluation has said why. */
async function maskOf(task: Task, { folder }: Pick<JobData, 'folder'>, { mask }: DataItem, image: Size | null): Promise<ImageComparison['truth']['mask']> {
  if (task.task !== 'segmentation' || mask === undefined || !image) return null;
  const read = await readMaskOf(join(folder, mask), image).catch(() => null);
  return read && truthMask(task, image, read);
}
