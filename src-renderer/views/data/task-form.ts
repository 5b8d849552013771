import * as v from 'valibot';
import { TaskSchema, type Decoder, type Task, type TaskName } from '../../../src-main/contract/task.ts';

/** The task as it is being written: the JSON of `task.json`, not yet checked. null: told from labels and outputs. */
export type TaskDraft = { [key: string]: unknown } | null;

export const TASK_WORDS: Record<TaskName, string> = {
  classification: 'classification',
  detection: 'object detection',
  segmentation: 'segmentation',
  regression: 'regression',
  agreement: 'agreement with float',
};

/** What each task means, in one sentence. */
export const TASK_HINTS: Record<TaskName, string> = {
  classification: 'One score for each class; judged by top-1 and top-5.',
  detection: 'Boxes with classes and scores; judged by COCO’s mean average precision.',
  segmentation: 'A class for each pixel; judged by the mean intersection over union with mask images.',
  regression: 'Numbers; judged by their squared error against the input (an auto-encoder) or against float.',
  agreement: 'No labels: judged by how far the quantized model does what the float model does.',
};

export const DECODER_WORDS: Record<Decoder['kind'], string> = {
  yolox: 'YOLOX: grids of strides, objectness and classes',
  yolov5: 'YOLOv5: boxes with objectness and classes',
  yolov8: 'YOLOv8: boxes with classes, no objectness',
  ssd: 'SSD, UltraFace: boxes and scores apart',
  detections: 'Suppressed inside the model: boxes, classes, scores',
};

/** One field of the form. `numbers` are whole and separated by commas; an empty text is left out. */
export interface TaskField {
  key: string;
  label: string;
  hint: string;
  /** Of the decoder instead of the task itself. */
  decoder?: boolean;
  kind: 'output' | 'number' | 'numbers' | 'flag' | 'choice';
  options?: readonly string[];
}

const output = (key: string, label: string, hint: string, decoder = false): TaskField => ({ key, label, hint, kind: 'output', decoder });
const flag = (key: string, label: string, hint: string): TaskField => ({ key, label, hint, kind: 'flag', decoder: true });
const FIRST = 'Name of the output; empty: the first.';
const NORMALIZED = 'Boxes are in 0…1 of the input instead of pixels.';

const DECODER_FIELDS: Record<Decoder['kind'], TaskField[]> = {
  yolox: [
    output('output', 'Output', FIRST, true),
    { key: 'strides', label: 'Strides', hint: 'Of the grids, in pixels of the input.', kind: 'numbers', decoder: true },
    flag('decoded', 'Decoded', 'The grid is added inside the model already.'),
  ],
  yolov5: [output('output', 'Output', FIRST, true), flag('normalized', 'Normalized', NORMALIZED)],
  yolov8: [output('output', 'Output', FIRST, true), flag('normalized', 'Normalized', NORMALIZED)],
  ssd: [
    output('boxes', 'Boxes', 'Output of shape [1, n, 4].', true),
    output('scores', 'Scores', 'Output of shape [1, n, classes].', true),
    { key: 'encoding', label: 'Encoding', hint: 'Offsets are of anchors, which only the JSON below can name.', kind: 'choice', options: ['corners', 'offsets'], decoder: true },
    flag('normalized', 'Normalized', NORMALIZED),
    flag('background', 'Background', 'Class 0 of the scores means nothing.'),
    flag('logits', 'Logits', 'The scores are logits: softmax or sigmoid comes first.'),
  ],
  detections: [
    output('boxes', 'Boxes', 'Output of shape [1, n, 4].', true),
    output('classes', 'Classes', 'Output of shape [1, n].', true),
    output('scores', 'Scores', 'Output of shape [1, n].', true),
    output('count', 'Count', 'Output with the number of boxes; empty: there is none.', true),
    { key: 'order', label: 'Order', hint: 'Of the four numbers of a box.', kind: 'choice', options: ['yxyx', 'xyxy'], decoder: true },
    flag('normalized', 'Normalized', NORMALIZED),
  ],
}; // prettier-ignore

const TASK_FIELDS: Record<TaskName, TaskField[]> = {
  classification: [output('output', 'Output', FIRST)],
  detection: [
    { key: 'minScore', label: 'Least score', hint: 'Boxes with a lower one are not looked at; low enough for the whole curve.', kind: 'number' },
    { key: 'maxOverlap', label: 'Most overlap', hint: 'IoU above which the weaker of two boxes of one class goes.', kind: 'number' },
    { key: 'classOffset', label: 'Class offset', hint: 'Added to a label’s class before it is compared with the model’s.', kind: 'number' },
  ],
  segmentation: [
    output('output', 'Output', FIRST),
    { key: 'ignore', label: 'Ignored', hint: 'Mask values that do not count.', kind: 'numbers' },
  ],
  regression: [
    output('output', 'Output', FIRST),
    { key: 'target', label: 'Target', hint: 'What the output is compared with.', kind: 'choice', options: ['float', 'input'] },
  ],
  agreement: [output('output', 'Output', FIRST)],
}; // prettier-ignore

export function decoderOf(draft: TaskDraft): { [key: string]: unknown } & { kind: Decoder['kind'] } {
  const decoder = draft?.['decoder'];
  return (typeof decoder === 'object' && decoder !== null && 'kind' in decoder ? decoder : { kind: 'yolox' }) as ReturnType<typeof decoderOf>;
}

/** The fields of what is chosen; none where the JSON says something that the form does not know. */
export function fieldsOf(draft: TaskDraft): TaskField[] {
  const task = draft?.['task'];
  if (typeof task !== 'string' || !(task in TASK_FIELDS)) return [];
  const own = TASK_FIELDS[task as TaskName];
  return task === 'detection' ? [...(DECODER_FIELDS[decoderOf(draft).kind] ?? []), ...own] : own;
}

/** A new task with what it cannot do without; `Decoder`s of unnamed outputs are completed by the user. */
export function startTask(name: TaskName | 'told'): TaskDraft {
  if (name === 'told') return null;
  return name === 'detection' ? { task: name, decoder: startDecoder('yolox') } : { task: name };
}

export function startDecoder(kind: Decoder['kind']): { kind: Decoder['kind']; [key: string]: unknown } {
  return kind === 'detections' ? { kind, boxes: 'boxes', classes: 'classes', scores: 'scores' } : { kind };
}

/** Changes one field; `undefined` leaves it out, so that its default is in force. */
export function withField(draft: TaskDraft, { key, decoder }: TaskField, value: unknown): TaskDraft {
  if (draft === null) return null;
  const change = (into: { [key: string]: unknown }): { [key: string]: unknown } => {
    return value === undefined ? Object.fromEntries(Object.entries(into).filter(([name]) => name !== key)) : { ...into, [key]: value };
  };
  return decoder ? { ...draft, decoder: change(decoderOf(draft)) } : change(draft);
}

/** What is typed into a field, as its value; text that is no number stays, for the check to complain of. */
export function readField({ kind }: TaskField, text: string): unknown {
  const trimmed = text.trim();
  if (trimmed === '') return undefined;
  const numeric = (part: string): unknown => (part.trim() !== '' && Number.isFinite(Number(part)) ? Number(part) : part.trim());
  if (kind === 'numbers') return trimmed.split(/[\s,;]+/).filter(Boolean).map(numeric); // prettier-ignore
  return kind === 'number' ? numeric(trimmed) : trimmed;
}

/** The value in force: what is written, or the schema's default. */
export function valueOf(draft: TaskDraft, { key, decoder }: TaskField): unknown {
  const written = (decoder ? decoderOf(draft) : draft)?.[key];
  if (written !== undefined) return written;
  const checked = checkTask(draft);
  const complete = checked.task;
  if (!complete) return undefined;
  const from: { [key: string]: unknown } = decoder && complete.task === 'detection' ? complete.decoder : complete;
  return from[key];
}

/** The task that the draft means, or the first thing that is wrong with it. */
export function checkTask(draft: TaskDraft): { task: Task | null; issue: string | null } {
  if (draft === null) return { task: null, issue: null };
  const parsed = v.safeParse(TaskSchema, draft);
  if (parsed.success) return { task: parsed.output, issue: null };
  const [issue] = parsed.issues;
  const path = v.getDotPath(issue);
  return { task: null, issue: `${path ? `"${path}": ` : ''}${issue.message}` };
}

/** What is in force and where it is from, in one line. */
export function taskWords(task: Task | null | undefined, origin: 'saved' | 'file' | 'none' | undefined): string {
  if (!task) return 'told from labels and outputs when the model runs';
  const decoder = task.task === 'detection' ? `, ${task.decoder.kind === 'detections' ? 'suppressed inside the model' : task.decoder.kind}` : '';
  return `${TASK_WORDS[task.task]}${decoder} – ${origin === 'file' ? 'from task.json beside the data' : 'saved in this project'}`;
}
