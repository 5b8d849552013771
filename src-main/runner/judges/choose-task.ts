import type { DataItem } from '../../contract/data.ts';
import type { Problem } from '../../contract/model.ts';
import type { Decoder, Task } from '../../contract/task.ts';
import * as v from 'valibot';
import { TaskSchema } from '../../contract/task.ts';
import { formatShape } from '../../core/data/image-input.ts';
import { guessDecoder } from '../../core/detect/guess-decoder.ts';
import type { Output } from '../../core/detect/output.ts';
import type { JobData } from '../job-data.ts';
import { inputSize } from '../model-input.ts';
import { note, warning } from '../problems.ts';
import { classCount } from '../stages/outputs.ts';
import { mapLayout } from './segmentation.ts';

/** The task in force, and what is to be said of how it was chosen. */
export interface ChosenTask {
  task: Task;
  problems: Problem[];
}

/** What the job or `task.json` says; otherwise what labels and outputs fit together to. @param outputs of the judged model, for the first sample */
export function chooseTask(data: Pick<JobData, 'items' | 'classes' | 'input' | 'task'>, positions: Uint32Array, outputs: readonly Output[]): ChosenTask {
  if (data.task) {
    const { task, from } = data.task;
    const where = from === 'job' ? 'as it was asked for' : 'as task.json beside the data says';
    return { task, problems: [said(task, outputs, where)] };
  }
  const items = Array.from(positions, (position) => data.items[position] as DataItem);
  const size = inputSize(data.input);
  const has = {
    labels: items.some(({ label }) => label !== null),
    boxes: items.some(({ boxes }) => boxes),
    masks: items.some(({ mask }) => mask !== undefined),
  };
  const tell = (task: v.InferInput<typeof TaskSchema>, why: string): ChosenTask => {
    const parsed = v.parse(TaskSchema, task);
    return { task: parsed, problems: [said(parsed, outputs, `told from ${why}`)] };
  };

  const decoder = has.boxes && size ? guessDecoder(outputs, size, data.classes.length) : null;
  if (decoder) return tell({ task: 'detection', decoder }, 'the labelled boxes and the shapes of the outputs');
  const map = has.masks ? outputs.find(({ dims }) => mapLayout(dims, size) !== null) : undefined;
  if (map) return tell({ task: 'segmentation', output: map.name }, 'the masks and the shape of the output');

  const [first] = outputs;
  const length = data.input.shape.reduce((product, dim) => product * dim, 1);
  const scores = first !== undefined && classCount(first.dims) !== null && first.values.length !== length;
  if (has.labels && scores) return tell({ task: 'classification' }, 'the class labels and one score per class');
  if (!has.labels && !has.boxes && !has.masks && first?.values.length === length && data.input.type === 'float32') {
    return tell({ task: 'regression', target: 'input' }, 'an output as long as the input, and no labels: an auto-encoder');
  }
  const unused = has.boxes ? 'boxes' : has.masks ? 'masks' : has.labels ? 'labels' : null;
  const chosen = tell({ task: 'agreement' }, unused ? 'outputs that the labels do not fit' : 'data without labels');
  if (unused) {
    const message = `The data have ${unused}, and no output looks like what they label (there is ${outputs.map(shape).join(', ')}); say with a task file how the outputs are to be read.`;
    chosen.problems.push(warning('labels-unused', message));
  }
  return chosen;
}

function said(task: Task, outputs: readonly Output[], why: string): Problem {
  const read = task.task === 'detection' ? `, decoder ${decoderText(task.decoder)}` : outputs.length > 1 ? `, output "${('output' in task && task.output) || outputs[0]?.name}"` : ''; // prettier-ignore
  return note('task-in-force', `Judged as ${NAMES[task.task]}${read}: ${why}.`);
}

const NAMES: Record<Task['task'], string> = {
  classification: 'classification',
  detection: 'detection',
  segmentation: 'segmentation',
  regression: 'regression',
  agreement: 'agreement with the float model',
};

/** The decoder with what its kind leaves open. */
function decoderText(decoder: Decoder): string {
  switch (decoder.kind) {
    case 'yolox':
      return `YOLOX (strides ${decoder.strides.join(', ')}${decoder.decoded ? ', grid in the model' : ''})`;
    case 'yolov5':
    case 'yolov8':
      return `${decoder.kind === 'yolov5' ? 'YOLOv5' : 'YOLOv8'} (boxes in ${decoder.normalized ? '0…1' : 'pixels'})`;
    case 'ssd':
      return `SSD (${decoder.encoding}${decoder.normalized ? ' in 0…1' : ' in pixels'}, ${decoder.background ? 'class 0 is background' : 'no background'})`;
    case 'detections':
      return `boxes after suppression (${decoder.order}${decoder.normalized ? ' in 0…1' : ' in pixels'})`;
  }
}

function shape({ name, dims }: Output): string {
  return `"${name}" ${formatShape(dims)}`;
}
