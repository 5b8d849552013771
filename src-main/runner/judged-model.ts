import type { Problem, TensorInfo } from '../contract/model.ts';
import { withFloatEnds } from '../core/quant/ends.ts';
import { fileSource, type ModelFile } from './model-file.ts';
import { note } from './problems.ts';
import { openSession, type ModelSource, type Session } from './session.ts';

/** A model as it is judged: `model` may have float ends that the file does not have; all else is the file's. */
export interface JudgedModel extends ModelFile {
  /** Inputs and outputs that are float here, and codes or half precision in the file. */
  floatEnds: string[];
}

/**
 * Lets models be judged by the same samples and the same scale: where their inputs and outputs differ in type, or are half precision that no sample comes
 * in, those of codes and half precision become float. Models whose ends are alike run as they are.
 */
export function judgeAlike(files: readonly ModelFile[]): JudgedModel[] {
  const ends = files.map(({ model: { graph } }) => [...graph.inputs, ...graph.outputs].map(({ type }) => type).join());
  const alike = ends.every((types) => types === ends[0] && !types.includes('float16'));
  return files.map((file) => {
    const model = alike ? file.model : withFloatEnds(file.model);
    return { ...file, model, floatEnds: changed(file.model.graph, model.graph) };
  });
}

function changed(before: { inputs: TensorInfo[]; outputs: TensorInfo[] }, after: { inputs: TensorInfo[]; outputs: TensorInfo[] }): string[] {
  const typesBefore = [...before.inputs, ...before.outputs];
  return [...after.inputs, ...after.outputs].flatMap(({ name, type }, i) => (type === typesBefore[i]?.type ? [] : [name]));
}

/** With its session, while it is judged. */
export interface Contestant {
  file: JudgedModel;
  session: Session;
}

export function sourceOf(judged: JudgedModel): ModelSource {
  return judged.floatEnds.length > 0 ? judged.model : fileSource(judged);
}

export function openJudged(judged: JudgedModel): Promise<Session> {
  return openSession(sourceOf(judged), judged.name);
}

/** What is to be said of models that are not judged as they are. */
export function floatEndNotes(models: readonly JudgedModel[]): Problem[] {
  return models.flatMap(({ name, floatEnds }) => {
    if (floatEnds.length === 0) return [];
    return [note('float-ends', `${name} is evaluated with float ends: ${floatEnds.join(', ')} take and give float32 here, and the file does not; its times include that.`)]; // prettier-ignore
  });
}
