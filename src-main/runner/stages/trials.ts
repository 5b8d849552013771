import type { DataItem, Skipped } from '../../contract/data.ts';
import { CalibrantError } from '../../contract/errors.ts';
import type { Trial } from '../../contract/evidence.ts';
import type { Preprocess } from '../../contract/preprocess.ts';
import type { Evaluation } from '../../contract/results.ts';
import { variantsOf, type Variant } from '../../core/data/variants.ts';
import { chanceLimit, farBelow } from '../../core/metrics/chance.ts';
import { topClass } from '../../core/metrics/classification.ts';
import { readData } from '../data/read-index.ts';
import { feed } from '../feed.ts';
import type { JobData } from '../job-data.ts';
import { openJudged, type JudgedModel } from '../judged-model.ts';
import { joinInput, type ModelInput } from '../model-input.ts';
import type { JobContext } from '../progress.ts';
import type { Session } from '../session.ts';
import { toFloats } from './outputs.ts';

/** Enough to tell a right preprocessing from a wrong one. */
const IMAGES = 50;
/** Two changes at a time. */
const PAIRS = 5;
/** Labels may be shifted by a background class, which costs no inference of its own. */
const OFFSETS = [1, -1];

export interface TrialRequest {
  model: JudgedModel;
  /** Where the data are. */
  path: string;
  data: JobData;
  /** Positions that were evaluated. */
  positions: Uint32Array;
  evaluation: Pick<Evaluation, 'top1' | 'chance' | 'images'>;
  /** Accuracy that the model should have, percent; null: nobody said. */
  stated: number | null;
  /** Output with the scores; missing: the first. */
  output?: string | undefined;
}

/**
 * Where a classifier's accuracy is near chance or far below what was stated: the common preprocessings on 50 images, best first, the given one among them.
 * null where the given one does not look wrong, or where there is none to vary. Throws `job-cancelled`.
 */
export async function tryVariants(request: TrialRequest, context: JobContext): Promise<Trial[] | null> {
  const { model, data, path, evaluation, stated } = request;
  const { top1, chance, images } = evaluation;
  const given = data.input.preprocess;
  if (top1 === null || chance === null || given === null) return null;
  const guessing = top1 <= chanceLimit(chance, images);
  if (!guessing && (stated === null || !farBelow(top1, stated, images))) return null;

  const positions = request.positions.slice(0, IMAGES);
  const singles = variantsOf(given, !guessing);
  context.progress.start('trials', (1 + singles.length + PAIRS) * positions.length);
  context.log('info', `The accuracy looks wrong, so other preprocessings are tried on ${positions.length} images.`);
  const source = await readData(path);
  const session = await openJudged(model);
  const inputs = model.model.graph.inputs;
  const output = request.output ?? session.outputs[0]?.name ?? '';
  const score = async (preprocess: Preprocess): Promise<Scored | null> => {
    const input = fitting(() => joinInput(inputs, source, preprocess));
    return input && (await scoreImages(session, output, input, data.items, positions, context));
  };
  try {
    const trials = trialsOf('as given', given, await score(given));
    const tried: { variant: Variant; top1: number }[] = [];
    for (const variant of singles) {
      const found = trialsOf(variant.change, variant.apply(given), await score(variant.apply(given)));
      trials.push(...found);
      if (found.length > 0) tried.push({ variant, top1: Math.max(...found.map((trial) => trial.top1)) });
    }
    const best = Math.max(...tried.map((one) => one.top1));
    for (const [one, other] of best <= chanceLimit(chance, positions.length) ? colourAndValues(singles) : bestOfKinds(tried)) {
      const both = other.apply(one.apply(given));
      trials.push(...trialsOf(`${one.change}, and ${other.change}`, both, await score(both)));
    }
    return trials.sort((a, b) => b.top1 - a.top1);
  } finally {
    await session.close();
  }
}

/** Right answers by offset of the labels. */
interface Scored {
  right: Map<number, number>;
  images: number;
}

async function scoreImages(
  session: Session,
  output: string,
  input: ModelInput,
  items: readonly DataItem[],
  positions: Uint32Array,
  context: JobContext,
): Promise<Scored> {
  const right = new Map([0, ...OFFSETS].map((offset) => [offset, 0]));
  let images = 0;
  const skipped: Skipped[] = [];
  const quiet: JobContext = { ...context, log: () => undefined };
  for await (const { item, tensor } of feed(input, items, positions, skipped, quiet)) {
    if (item.label === null) continue;
    const scores = (await session.run(tensor))[output];
    if (!scores) continue;
    images += 1;
    const offset = topClass(toFloats(scores)) - item.label - input.labelOffset;
    if (right.has(offset)) right.set(offset, (right.get(offset) as number) + 1);
  }
  return { right, images };
}

/** The preprocessing itself, and with shifted labels where those are better. */
function trialsOf(change: string, preprocess: Preprocess, scored: Scored | null): Trial[] {
  if (!scored || scored.images === 0) return [];
  const { right, images } = scored;
  const plain = right.get(0) as number;
  const trial = (what: string, shift: number, hits: number): Trial => ({
    change: what,
    preprocess: { ...preprocess, labelOffset: preprocess.labelOffset + shift },
    top1: (100 * hits) / images,
    images,
  });
  const shifted = OFFSETS.filter((shift) => (right.get(shift) as number) > plain).map((shift) => {
    const labels = `labelOffset ${preprocess.labelOffset + shift} instead of ${preprocess.labelOffset}`;
    return trial(change === 'as given' ? labels : `${change}, and ${labels}`, shift, right.get(shift) as number);
  });
  return [trial(change, 0, plain), ...shifted];
}

/** The best of each kind, in twos. */
function bestOfKinds(tried: readonly { variant: Variant; top1: number }[]): [Variant, Variant][] {
  const best = [...Map.groupBy(tried, ({ variant }) => variant.kind).values()]
    .map((same) => same.reduce((most, one) => (one.top1 > most.top1 ? one : most)))
    .sort((a, b) => b.top1 - a.top1);
  return best.flatMap((one, i) => best.slice(i + 1).map((other): [Variant, Variant] => [one.variant, other.variant])).slice(0, PAIRS);
}

/** Where no single change helps, none of them is the best: both of what makes a model guess may be wrong. */
function colourAndValues(singles: readonly Variant[]): [Variant, Variant][] {
  const colours = singles.filter(({ kind }) => kind === 'colour');
  const values = singles.filter(({ kind }) => kind === 'values');
  return colours.flatMap((colour) => values.map((one): [Variant, Variant] => [colour, one])).slice(0, PAIRS);
}

/** null where a variant does not fit the model's input. */
function fitting(join: () => ModelInput): ModelInput | null {
  try {
    return join();
  } catch (error) {
    if (error instanceof CalibrantError) return null;
    throw error;
  }
}
