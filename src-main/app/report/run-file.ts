import { readFile } from 'node:fs/promises';
import type { CallOutput, CheckedInput } from '../../contract/calls.ts';
import type { Context } from '../context.ts';
import { runChannels } from '../inspect-run.ts';
import { lookOfRun } from '../look-of-run.ts';
import { fileSuffix } from '../names.ts';
import { runDetail, unfinished } from '../runs.ts';
import { reportFile } from './forms.ts';

/** The model of a finished run, or its report in one of its forms, named for the user's disk. */
export async function runFile(context: Context, runId: string, what: CheckedInput<'runs.file'>['what']): Promise<CallOutput<'runs.file'>> {
  const { store, service } = context;
  const detail = runDetail(store, runId);
  const { model } = store.runs.files(runId);
  if (!detail.result || !model) throw unfinished(detail.row.name);
  const name = `${detail.row.modelName}-${fileSuffix(detail.row.recipe)}`;
  if (what === 'model') {
    return { name: `${name}.onnx`, mime: 'application/octet-stream', bytes: new Uint8Array(await readFile(store.files.pathOf(model))) };
  }
  const evidence = { detail, doctor: lookOfRun(store, detail.row, detail.result), channels: what === 'json' ? await runChannels(context, { runId }) : [] };
  const { ending, mime, bytes } = await reportFile(evidence, what, (pictures, scale) => service.ask('drawPictures', { pictures, scale }));
  return { name: `${name}${ending}`, mime, bytes: new Uint8Array(bytes) };
}
