import type { Tensor } from 'onnxruntime-node';
import type { DataItem, Skipped } from '../../contract/data.ts';
import { CalibrantError } from '../../contract/errors.ts';
import type { JobSpec, Stage } from '../../contract/jobs.ts';
import type { Problem } from '../../contract/model.ts';
import type { EvaluateResult, Evaluation, Placement } from '../../contract/results.ts';
import { chanceLimit } from '../../core/metrics/chance.ts';
import { createAgreementMeter, createClassificationMeter, topClass, type ClassificationMeter } from '../../core/metrics/classification.ts';
import { summarize } from '../../core/metrics/latency.ts';
import { createErrorMeter } from '../../core/metrics/tensor-error.ts';
import { explain, notANumber } from '../explain.ts';
import { createTensor, feed } from '../feed.ts';
import { openJobData, provenanceOf, takeSamples, type JobData } from '../job-data.ts';
import { floatEndNotes, judgeAlike, openJudged, type JudgedModel } from '../judged-model.ts';
import { readModelFile, type ModelFile } from '../model-file.ts';
import { fewerWarning, skippedWarning, warning } from '../problems.ts';
import type { JobContext } from '../progress.ts';
import { describeProvenance } from '../provenance.ts';
import type { Session } from '../session.ts';
import { measureLatency } from './latency.ts';
import { classCount, hasNaN, toFloats } from './outputs.ts';
import { describeSpeed } from './speed.ts';

/** Of a job that asks for more: `stagesOf`. */
export const EVALUATE_STAGES = ['load', 'evaluate'] as const;

export function stagesOf({ profile, gate }: Pick<Extract<JobSpec, { kind: 'evaluate' }>, 'profile' | 'gate'>): Stage[] {
  return [...EVALUATE_STAGES, ...(profile ? ['speed' as const] : []), ...(gate ? ['trials' as const] : [])];
}

/** Images kept for measuring latency. */
const LATENCY_IMAGES = 8;

export async function evaluate(spec: Extract<JobSpec, { kind: 'evaluate' }>, context: JobContext): Promise<EvaluateResult> {
  context.progress.start('load', 1);
  const files = [await readModelFile(spec.model), ...(spec.against === undefined ? [] : [await readModelFile(spec.against)])];
  const [model, against] = judgeAlike(files) as [JudgedModel, JudgedModel?];
  const data = await openJobData(spec.data, model.model.graph.inputs);
  const positions = takeSamples(data, spec.skipSamples, spec.samples);
  context.progress.step();
  const result = await evaluateModels(model, against, data, positions, context, spec.profile ? { profile: { placements: null } } : {});
  return { ...result, warnings: [...result.warnings, ...fewerWarning(positions.length, spec.samples)] };
}

/** What an evaluation looks at beside the outputs. */
export interface Further {
  /** Which kernels ran and what they cost; `placements`: what the recipe wanted, null where the file itself says it. */
  profile?: { placements: readonly Placement[] | null };
}

/**
 * One model, or two on the same samples in turns. Throws `data-class-out-of-range`, `model-mismatch`, `model-refused-by-runtime`, `job-cancelled`.
 */
export async function evaluateModels(
  model: JudgedModel,
  against: JudgedModel | undefined,
  data: JobData,
  positions: Uint32Array,
  context: JobContext,
  further: Further = {},
): Promise<EvaluateResult> {
  context.progress.start('evaluate', positions.length);
  const contestants: Contestant[] = [];
  try {
    contestants.push(await enter(model));
    if (against) {
      checkSameInput(model, against);
      contestants.push(await enter(against));
    }
    return await compare(contestants, data, positions, context, further);
  } finally {
    for (const { session } of contestants) await session.close();
  }
}

interface Contestant {
  file: JudgedModel;
  session: Session;
  /** From the first image on, when the shape of the output is known. */
  meter: ClassificationMeter | null;
}

async function enter(file: JudgedModel): Promise<Contestant> {
  const session = await openJudged(file).catch((error: unknown) => {
    throw explain(file, error, 'model-unknown-domain');
  });
  return { file, session, meter: null };
}

async function compare(contestants: Contestant[], data: JobData, positions: Uint32Array, context: JobContext, { profile }: Further): Promise<EvaluateResult> {
  const [subject, other] = contestants as [Contestant, Contestant?];
  const skipped: Skipped[] = [];
  const kept: Tensor[] = [];
  const agreement = createAgreementMeter();
  const error = createErrorMeter();
  let images = 0;
  let classes: number | null = null;

  for await (const { item, tensor } of feed(data.input, data.items, positions, skipped, context)) {
    if (kept.length < LATENCY_IMAGES) kept.push(copyOf(tensor, data));
    const outputs: Tensor[] = [];
    for (const { session } of contestants) outputs.push(await firstOutput(session, tensor));
    const scores = outputs.map(toFloats);
    contestants.forEach(({ file }, i) => {
      if (hasNaN(scores[i] as Float32Array)) throw notANumber([file], `for ${item.file}`);
    });
    checkSameSize(scores, contestants);
    if (images === 0) classes = beginMeters(contestants, outputs, data, positions);
    images += 1;
    contestants.forEach(({ meter }, i) => meter?.add(scores[i] as Float32Array, item.label));
    const [mine, theirs] = scores as [Float32Array, Float32Array?];
    if (!theirs) continue;
    error.add(theirs, mine);
    if (classes !== null) agreement.add(topClass(mine), topClass(theirs));
  }

  const times = await measureLatency(
    contestants.map(({ session }) => session),
    kept,
    context.signal,
  );
  const evaluations = contestants.map((contestant, i) => conclude(contestant, images, skipped, times[i] as number[]));
  const [mine, theirs] = evaluations as [Evaluation, Evaluation?];
  const provenance = await describeProvenance({ modelSha256: subject.file.sha256, ...(await provenanceOf(data)) });
  const [tensor] = kept;
  const speed =
    profile && tensor ? await describeSpeed({ models: [subject.file, other?.file], times, tensor, machine: provenance, ...profile }, context) : undefined;
  return {
    ...mine,
    warnings: [...data.problems, ...floatEndNotes(contestants.map(({ file }) => file)), ...warningsAbout(subject, mine, theirs, classes)],
    provenance,
    ...(speed ? { speed } : {}),
    ...(theirs && other
      ? { against: theirs, agreement: classes === null ? null : agreement.finish(), delta: deltaOf(mine, theirs), outputError: withoutMaximum(error.finish()) }
      : {}),
  };
}

async function firstOutput(session: Session, input: Tensor): Promise<Tensor> {
  const [first] = session.outputs;
  return (await session.run(input))[first?.name ?? ''] as Tensor;
}

/** Meters for models that score classes, once the labels are known to fit them. Returns the first model's number of classes. */
function beginMeters(contestants: Contestant[], outputs: Tensor[], data: JobData, positions: Uint32Array): number | null {
  // As many values as the input has: an autoencoder, whose greatest value means nothing.
  const values = data.input.shape.reduce((product, dim) => product * dim, 1);
  const counts = outputs.map(({ dims, size }) => (size === values ? null : classCount(dims)));
  contestants.forEach((contestant, i) => {
    const classes = counts[i];
    if (classes == null) return;
    checkLabels(data, positions, classes);
    contestant.meter = createClassificationMeter({ classes, labelOffset: data.input.labelOffset, names: data.classes });
  });
  return counts[0] ?? null;
}

function checkLabels({ items, input: { labelOffset } }: JobData, positions: Uint32Array, classes: number): void {
  for (const position of positions) {
    const { file, label } = items[position] as DataItem;
    if (label === null || (label + labelOffset >= 0 && label + labelOffset < classes)) continue;
    throw new CalibrantError(
      'data-class-out-of-range',
      `${file} has the class index ${label}${labelOffset === 0 ? '' : ` (with labelOffset ${label + labelOffset})`}, and the model has ${classes} classes (0 to ${classes - 1}); correct the label or "labelOffset".`,
      { file, label, labelOffset, classes },
    );
  }
}

function checkSameSize([mine, theirs]: Float32Array[], [subject, other]: Contestant[]): void {
  if (!mine || !theirs || mine.length === theirs.length) return;
  throw new CalibrantError(
    'model-mismatch',
    `The first output of ${subject?.file.name} has ${mine.length} values, and that of ${other?.file.name} has ${theirs.length}; compare models of one kind.`,
  );
}

function checkSameInput(model: ModelFile, against: ModelFile): void {
  const [mine, theirs] = [model, against].map(({ model: { graph } }) => graph.inputs);
  const same =
    mine?.length === theirs?.length &&
    mine?.every(({ type, shape }, i) => {
      const other = theirs?.[i];
      return (
        type === other?.type &&
        shape?.length === other.shape?.length &&
        shape?.every((dim, j) => typeof dim !== 'number' || typeof other.shape?.[j] !== 'number' || dim === other.shape[j])
      );
    });
  if (!same)
    throw new CalibrantError(
      'model-mismatch',
      `${model.name} and ${against.name} take different inputs, so they cannot be compared on the same samples; choose two models of one kind.`,
    );
}

function conclude({ file, meter }: Contestant, images: number, skipped: Skipped[], times: number[]): Evaluation {
  const { top1, top5, chance, perClass, labelled } = meter?.finish() ?? { top1: null, top5: null, chance: null, perClass: [], labelled: false };
  return {
    model: { file: file.name, sha256: file.sha256, bytes: file.bytes },
    images,
    skipped,
    labelled,
    top1,
    top5,
    chance,
    perClass,
    latencyMs: summarize(times),
    imagesPerSecond: (1000 * times.length) / times.reduce((sum, time) => sum + time, 0),
  };
}

function warningsAbout({ session }: Contestant, mine: Evaluation, theirs: Evaluation | undefined, classes: number | null): Problem[] {
  const problems: Problem[] = [];
  const { skipped, images, labelled, chance } = mine;
  if (skipped.length > 0) problems.push(skippedWarning(skipped.length, images));
  if (session.outputs.length > 1) {
    problems.push(warning('model-many-outputs', `The model has ${session.outputs.length} outputs; only the first, ${session.outputs[0]?.name}, is judged.`));
  }
  if (classes === null)
    problems.push(
      warning('output-not-classes', 'The output is not one score per class, so there is no top-1; only the error against the other model can be told.'),
    );
  else if (!labelled)
    problems.push(warning('data-unlabelled', 'The data have no labels, so there is no accuracy; agreement with another model can still be told.'));
  for (const evaluation of [mine, theirs]) {
    if (!evaluation || evaluation.top1 === null || chance === null || evaluation.top1 > chanceLimit(chance, images)) continue;
    problems.push(
      warning(
        'accuracy-near-chance',
        `${evaluation.model.file} is right on ${evaluation.top1.toFixed(1)} % of ${images} images, and guessing gives ${chance.toFixed(1)} %: check colour order, mean and std, and labelOffset, or the model itself.`,
      ),
    );
  }
  return problems;
}

function deltaOf(mine: Evaluation, theirs: Evaluation): NonNullable<EvaluateResult['delta']> {
  const points = (a: number | null, b: number | null) => (a === null || b === null ? null : a - b);
  return {
    top1: points(mine.top1, theirs.top1),
    top5: points(mine.top5, theirs.top5),
    bytes: mine.model.bytes - theirs.model.bytes,
    latencyMedianMs: mine.latencyMs.median - theirs.latencyMs.median,
    speedup: theirs.latencyMs.median / mine.latencyMs.median,
  };
}

function withoutMaximum({ sqnrDb, cosine, mse }: ReturnType<ReturnType<typeof createErrorMeter>['finish']>): NonNullable<EvaluateResult['outputError']> {
  return { sqnrDb, cosine, mse };
}

function copyOf(tensor: Tensor, { input }: JobData): Tensor {
  const copy = createTensor(input);
  (copy.data as Float32Array).set(tensor.data as Float32Array);
  return copy;
}
