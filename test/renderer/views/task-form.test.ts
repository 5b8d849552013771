import { describe, expect, it } from 'vitest';
import { checkTask, fieldsOf, readField, startDecoder, startTask, taskWords, valueOf, withField, type TaskField } from '../../../src-renderer/views/data/task-form.ts'; // prettier-ignore
import { TASK_NAMES } from '../../../src-main/contract/task.ts';

const field = (draft: ReturnType<typeof startTask>, key: string): TaskField => {
  const found = fieldsOf(draft).find((one) => one.key === key);
  if (!found) throw new Error(`no field ${key}`);
  return found;
};

describe('the form of a task', () => {
  it.each(TASK_NAMES)('starts with a task that can be saved: %s', (name) => {
    expect(checkTask(startTask(name))).toMatchObject({ issue: null, task: { task: name } });
  });

  it.each(['yolox', 'yolov5', 'yolov8', 'ssd', 'detections'] as const)('knows the fields of every decoder: %s', (kind) => {
    const draft = { task: 'detection', decoder: startDecoder(kind) };
    expect(checkTask(draft).issue).toBeNull();
    // Each field shows what the schema has in force, or is optional.
    for (const one of fieldsOf(draft)) expect(valueOf(draft, one) !== undefined || one.kind === 'output').toBe(true);
  });

  it('writes what is typed, and leaves out what is emptied', () => {
    const start = startTask('detection');
    const strides = field(start, 'strides');
    const changed = withField(start, strides, readField(strides, '8, 16'));
    expect(changed).toEqual({ task: 'detection', decoder: { kind: 'yolox', strides: [8, 16] } });
    expect(withField(changed, strides, readField(strides, ''))).toEqual(start);
    const score = field(start, 'minScore');
    expect(checkTask(withField(start, score, readField(score, '0.05')))).toMatchObject({ issue: null, task: { minScore: 0.05 } });
  });

  it('says which field is wrong', () => {
    const start = startTask('detection');
    const overlap = field(start, 'maxOverlap');
    expect(checkTask(withField(start, overlap, readField(overlap, '2'))).issue).toMatch(/^"maxOverlap": /);
    expect(checkTask({ task: 'detection', decoder: { kind: 'yolo' } }).issue).toMatch(/decoder/);
  });

  it('says what is in force and where it is from', () => {
    expect(taskWords(null, 'none')).toContain('told from labels');
    expect(taskWords(checkTask(startTask('detection')).task, 'file')).toBe('object detection, yolox – from task.json beside the data');
  });
});
