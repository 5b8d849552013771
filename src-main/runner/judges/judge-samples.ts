import { join } from 'node:path';
import type { Tensor } from 'onnxruntime-node';
import type { Skipped } from '../../contract/data.ts';
import { CalibrantError } from '../../contract/errors.ts';
import type { Problem } from '../../contract/model.ts';
import type { EvaluateResult } from '../../contract/results.ts';
import type { InputArray } from '../../core/data/normalize.ts';
import type { Output } from '../../core/detect/output.ts';
import { notANumber } from '../explain.ts';
import { createTensor } from '../feed.ts';
import { readMaskOf, type Mask } from '../images/mask.ts';
import type { JobData } from '../job-data.ts';
import type { Inference } from '../inference.ts';
import { openInferences } from '../inferences.ts';
import type { Contestant } from '../judged-model.ts';
import { look, type Sight } from '../looker.ts';
import type { JobContext } from '../progress.ts';
import { hasNaN } from '../stages/outputs.ts';
import { createDamageList } from './damage.ts';
import { openJudge } from './index.ts';
import type { Judge, Judgement } from './judge.ts';
import { createOutputsMeter } from './outputs.ts';

export interface JudgedSamples {
  judge: Judge;
  judgement: Judgement;
  images: number;
  skipped: Skipped[];
  /** Inputs of the first samples, for measuring latency. */
  kept: Tensor[];
  /** With two models: what differs. */
  outputs: NonNullable<EvaluateResult['outputs']>;
  damage: NonNullable<EvaluateResult['damage']>;
  problems: Problem[];
}

type Sighted = Pick<Sight<unknown>, 'item' | 'image'>;

/** Images kept for measuring latency. */
const KEPT = 8;

/** Runs one model, or two in turns, over the samples and lets the judge of the task look at the outputs. */
export async function judgeSamples(contestants: readonly Contestant[], data: JobData, positions: Uint32Array, context: JobContext): Promise<JudgedSamples> {
  const inferences = await openInferences(contestants, data.input, positions.length);
  try {
    return await judgeSights(contestants, inferences, data, positions, context);
  } finally {
    await Promise.all(inferences.map((inference) => inference.close()));
  }
}

async function judgeSights(
  contestants: readonly Contestant[],
  inferences: readonly Inference[],
  data: JobData,
  positions: Uint32Array,
  context: JobContext,
): Promise<JudgedSamples> {
  const skipped: Skipped[] = [];
  const kept: Tensor[] = [];
  const damage = createDamageList();
  const meter = createOutputsMeter();
  let open: ReturnType<typeof openJudge> | null = null;
  let images = 0;

  for await (const sight of look(inferences, data, positions, skipped, context)) {
    const { position, item, image, input, seen: outputs } = sight;
    open ??= openJudge(data, positions, outputs, damage);
    // Other tasks do not look at it, and reading one takes as long as an inference.
    const mask = open.judge.task === 'segmentation' ? await maskOf(sight, data) : null;
    if (mask instanceof CalibrantError) {
      skipped.push({ file: item.file, reason: mask.message });
      continue;
    }
    if (kept.length < KEPT) kept.push(copyOf(input, data));
    refuseNaN(open.judge, outputs, contestants, sight);
    refuseUnlike(open.judge, outputs, contestants);
    open.judge.add({ position, item, image, input, mask }, outputs);
    images += 1;
    const [mine, theirs] = outputs;
    if (mine && theirs) meter.add(mine, theirs);
  }
  if (!open) throw new CalibrantError('data-unreadable', `None of the ${positions.length} samples can be used. The first, ${skipped[0]?.file ?? 'none'}: ${skipped[0]?.reason ?? ''}.`); // prettier-ignore
  const { outputs, problems } = meter.finish();
  const judgement = open.judge.finish();
  return {
    judge: open.judge,
    judgement,
    images,
    skipped,
    kept,
    outputs,
    damage: damage.finish(),
    problems: [...open.problems, ...judgement.problems, ...problems],
  };
}

/** Read while the models compute the next images. */
async function maskOf({ item, image }: Sighted, { folder }: JobData): Promise<Mask | CalibrantError | null> {
  if (item.mask === undefined || !image) return null;
  return readMaskOf(join(folder, item.mask), image).catch((error: unknown) => {
    if (error instanceof CalibrantError) return error;
    throw error;
  });
}

function refuseNaN({ reads }: Judge, outputs: readonly (readonly Output[])[], contestants: readonly Contestant[], { item }: Sighted): void {
  outputs.forEach((each, i) => {
    const bad = each.find(({ name, values }) => reads.includes(name) && hasNaN(values));
    const { file } = contestants[i] as Contestant;
    if (bad) throw notANumber([file], `for ${item.file}${each.length > 1 ? ` in the output ${bad.name}` : ''}`);
  });
}

/** A detector's outputs may be as long as what it found; all others must give as many values. */
function refuseUnlike({ task, reads }: Judge, [mine, theirs]: readonly (readonly Output[])[], [subject, other]: readonly Contestant[]): void {
  if (!mine || !theirs || task === 'detection') return;
  for (const name of reads) {
    const [own, its] = [mine, theirs].map((outputs) => outputs.find((one) => one.name === name)?.values.length);
    if (own === undefined || its === undefined || own === its) continue;
    throw new CalibrantError(
      'model-mismatch',
      `The output ${name} of ${subject?.file.name} has ${own} values, and that of ${other?.file.name} has ${its}; compare models of one kind.`,
    );
  }
}

function copyOf(values: InputArray, { input }: JobData): Tensor {
  const copy = createTensor(input);
  (copy.data as InputArray).set(values);
  return copy;
}
