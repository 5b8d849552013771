import type { Skipped } from '../contract/data.ts';
import { INPUT_ARRAYS, type InputArray } from '../core/data/normalize.ts';
import { elementCount } from '../core/onnx/tensor.ts';
import { feed, type Sample } from './feed.ts';
import type { JobData } from './job-data.ts';
import type { JobContext } from './progress.ts';

/** Looks at one image after the other. */
export interface Looker<Seen, Collected = void> {
  /**
   * Called again before it has answered, it keeps the order; each image has to stay as it is until its answer. What lies in shared memory of an answer is
   * overwritten once `LANES` more images were looked at.
   */
  look(image: InputArray): Promise<Seen>;
  /** From all images so far. */
  collected(): Promise<Collected>;
  close(): Promise<void>;
}

/** The name of a tensor with a NaN or infinity; null when there is none. */
export type Bad = string | null;

/** Images under way in each looker: the one that it works on, and the next, so that it does not wait for this thread. */
export const LANES = 2;

/** Lets calls overlap, and works on them one after the other. */
export function inTurns<Seen>(look: (image: InputArray) => Promise<Seen>): (image: InputArray) => Promise<Seen> {
  let last: Promise<unknown> = Promise.resolve();
  return (image) => {
    const answer = last.then(() => look(image));
    last = answer.catch(() => undefined);
    return answer;
  };
}

/** What was seen in one sample. */
export interface Sight<Seen> extends Pick<Sample, 'position' | 'item' | 'image'> {
  /** What went in. Overwritten, as `seen` may be, once the next sight is asked for. */
  input: InputArray;
  seen: Seen;
}

/**
 * Shows the samples at these positions to the lookers, side by side and while the next ones are decoded. What they see comes in the order of the samples,
 * and sample i goes to looker i modulo their number, so that nothing depends on who was faster. Throws what `feed` and the lookers throw.
 */
export async function* look<Seen>(
  lookers: readonly Looker<Seen, unknown>[],
  data: Pick<JobData, 'input' | 'items'>,
  positions: Uint32Array,
  skipped: Skipped[],
  context: JobContext,
): AsyncGenerator<Sight<Seen>, void, void> {
  const lanes = Array.from({ length: LANES }, () => lookers.map((looker) => ({ looker, image: createSharedImage(data.input) }))).flat();
  const underWay: (Omit<Sight<Seen>, 'seen'> & { seen: Promise<Seen> })[] = [];
  const settle = async (): Promise<Sight<Seen>> => {
    const [sight] = underWay.splice(0, 1) as [(typeof underWay)[number]];
    return { ...sight, seen: await sight.seen };
  };
  let started = 0;
  try {
    for await (const { position, item, image, tensor } of feed(data.input, data.items, positions, skipped, context)) {
      if (underWay.length === lanes.length) yield await settle();
      const lane = lanes[started++ % lanes.length] as (typeof lanes)[number];
      lane.image.set(tensor.data as InputArray);
      const seen = lane.looker.look(lane.image);
      // It may fail long before its turn.
      seen.catch(() => undefined);
      underWay.push({ position, item, image, input: lane.image, seen });
    }
    while (underWay.length > 0) yield await settle();
  } finally {
    await Promise.allSettled(underWay.map(({ seen }) => seen));
  }
}

/**
 * Lets lookers collect from all samples.
 * @param refuse what to throw when a tensor of a sample is not finite: of the first such sample
 */
export async function showTo(
  lookers: readonly Looker<Bad, unknown>[],
  data: Pick<JobData, 'input' | 'items'>,
  positions: Uint32Array,
  context: JobContext,
  refuse: (tensor: string, file: string) => unknown,
): Promise<{ images: number; skipped: Skipped[] }> {
  const skipped: Skipped[] = [];
  let images = 0;
  for await (const { item, seen } of look(lookers, data, positions, skipped, context)) {
    if (seen !== null) throw refuse(seen, item.file);
    images += 1;
  }
  return { images, skipped };
}

/** Both threads see it, so that nothing is copied and no garbage piles up: that took 45 MB for MobileNetV2. */
function createSharedImage({ type, shape }: JobData['input']): InputArray {
  const memory = new SharedArrayBuffer(elementCount(shape) * INPUT_ARRAYS[type].BYTES_PER_ELEMENT);
  switch (type) {
    case 'float32':
      return new Float32Array(memory);
    case 'int8':
      return new Int8Array(memory);
    case 'uint8':
      return new Uint8Array(memory);
  }
}
