import type { JobSpec, Stage } from '../../contract/jobs.ts';
import type { EvaluateResult, Evaluation, Placement } from '../../contract/results.ts';
import { summarize } from '../../core/metrics/latency.ts';
import { explain } from '../explain.ts';
import { openJobData, provenanceOf, takeSamples, type JobData } from '../job-data.ts';
import { evaluationWarnings } from '../judges/evaluation-warnings.ts';
import type { Score } from '../judges/judge.ts';
import { judgeSamples, type JudgedSamples } from '../judges/judge-samples.ts';
import { checkSameInput } from '../judges/same-input.ts';
import { floatEndNotes, judgeAlike, openJudged, type Contestant, type JudgedModel } from '../judged-model.ts';
import { readModelFile } from '../model-file.ts';
import { fewerWarning } from '../problems.ts';
import type { JobContext } from '../progress.ts';
import { describeProvenance } from '../provenance.ts';
import { measureLatency } from './latency.ts';
import { describeSpeed } from './speed.ts';
import { tryVariants } from './trials.ts';

/** Of a job that asks for more: `stagesOf`. */
export const EVALUATE_STAGES = ['load', 'evaluate'] as const;

export function stagesOf({ profile, gate }: Pick<Extract<JobSpec, { kind: 'evaluate' }>, 'profile' | 'gate'>): Stage[] {
  return [...EVALUATE_STAGES, ...(profile ? ['speed' as const] : []), ...(gate ? ['trials' as const] : [])];
}

export async function evaluate(spec: Extract<JobSpec, { kind: 'evaluate' }>, context: JobContext): Promise<EvaluateResult> {
  context.progress.start('load', 1);
  const files = [await readModelFile(spec.model), ...(spec.against === undefined ? [] : [await readModelFile(spec.against)])];
  const [model, against] = judgeAlike(files) as [JudgedModel, JudgedModel?];
  const data = await openJobData(spec.data, model.model.graph.inputs);
  const positions = takeSamples(data, spec.skipSamples, spec.samples);
  context.progress.step();
  const result = await evaluateModels(model, against, data, positions, context, spec.profile ? { profile: { placements: null } } : {});
  const task = data.task?.task;
  const trials =
    spec.gate &&
    (await tryVariants(
      {
        model,
        path: spec.data.path,
        data,
        positions,
        evaluation: result,
        stated: spec.gate.stated,
        output: task?.task === 'classification' ? task.output : undefined,
      },
      context,
    ));
  return {
    ...result,
    warnings: [...result.warnings, ...fewerWarning(positions.length, spec.samples)],
    ...(trials === undefined ? {} : { trials }),
  };
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

async function enter(file: JudgedModel): Promise<Contestant> {
  const session = await openJudged(file).catch((error: unknown) => {
    throw explain(file, error, 'model-unknown-domain');
  });
  return { file, session };
}

async function compare(contestants: Contestant[], data: JobData, positions: Uint32Array, context: JobContext, { profile }: Further): Promise<EvaluateResult> {
  const [subject, other] = contestants as [Contestant, Contestant?];
  const judged = await judgeSamples(contestants, data, positions, context);
  const { judge, judgement, outputs, damage, kept } = judged;
  const times = await measureLatency(
    contestants.map(({ session }) => session),
    kept,
    context.signal,
  );
  const evaluations = contestants.map((contestant, i) => conclude(contestant, judged, i, times[i] as number[]));
  const [mine, theirs] = evaluations as [Evaluation, Evaluation?];
  const provenance = await describeProvenance({ modelSha256: subject.file.sha256, ...(await provenanceOf(data)) });
  const [tensor] = kept;
  const speed =
    profile && tensor ? await describeSpeed({ models: [subject.file, other?.file], times, tensor, machine: provenance, ...profile }, context) : undefined;
  const judgedError = outputs.find(({ name }) => name === judge.reads[0]);
  return {
    ...mine,
    warnings: [
      ...data.problems,
      ...floatEndNotes(contestants.map(({ file }) => file)),
      ...judged.problems,
      ...evaluationWarnings(evaluations, judge, subject.session.outputs.map(({ name }) => name)), // prettier-ignore
    ],
    provenance,
    headline: judgement.headline,
    ...(judgement.confusions ? { confusions: judgement.confusions } : {}),
    ...(speed ? { speed } : {}),
    ...(theirs
      ? {
          against: theirs,
          agreement: judgement.agreement,
          delta: deltaOf(mine, theirs),
          ...(judgedError ? { outputError: { sqnrDb: judgedError.sqnrDb, cosine: judgedError.cosine, mse: judgedError.mse } } : {}),
          outputs,
          damage,
        }
      : {}),
  };
}

function conclude({ file }: Contestant, { judge, judgement, images, skipped }: JudgedSamples, index: number, times: number[]): Evaluation {
  return {
    model: { file: file.name, sha256: file.sha256, bytes: file.bytes },
    images,
    skipped,
    ...(judgement.scores[index] as Score),
    latencyMs: summarize(times),
    imagesPerSecond: (1000 * times.length) / times.reduce((sum, time) => sum + time, 0),
    task: judge.task,
  };
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
