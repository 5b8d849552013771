import * as v from 'valibot';
import { FeaturesSpecSchema, type FeaturesSpec } from '../../contract/data.ts';
import { CalibrantError, type ErrorCode } from '../../contract/errors.ts';
import { issueText } from '../../contract/issues.ts';
import { PreprocessSchema, type Preprocess } from '../../contract/preprocess.ts';
import { TaskSchema, type Task } from '../../contract/task.ts';

/** Reads `preprocess.json`. Throws `preprocess-invalid` naming the field. */
export function parsePreprocess(text: string, where: string): Preprocess {
  return parseJson(PreprocessSchema, text, where, 'preprocess-invalid');
}

/** Reads `features.json`. Throws `data-unreadable` naming the field. */
export function parseFeaturesSpec(text: string, where: string): FeaturesSpec {
  return parseJson(FeaturesSpecSchema, text, where, 'data-unreadable');
}

/** Reads `task.json`. Throws `task-invalid` naming the field. */
export function parseTask(text: string, where: string): Task {
  return parseJson(TaskSchema, text, where, 'task-invalid');
}

function parseJson<S extends v.GenericSchema>(schema: S, text: string, where: string, code: ErrorCode): v.InferOutput<S> {
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (cause) {
    throw new CalibrantError(code, `${where} is not valid JSON; correct it or delete it.`, { reason: cause instanceof Error ? cause.message : '' }, cause);
  }
  const parsed = v.safeParse(schema, value);
  if (parsed.success) return parsed.output;
  throw new CalibrantError(code, `${where} cannot be used: ${issueText(parsed.issues[0])}; correct it or delete it.`);
}
