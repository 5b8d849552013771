import type { Skipped } from '../contract/data.ts';
import { INPUT_ARRAYS, type InputArray } from '../core/data/normalize.ts';
import { elementCount } from '../core/onnx/tensor.ts';
import { feed } from './feed.ts';
import type { JobData } from './job-data.ts';
import type { JobContext } from './progress.ts';

/** Looks at one image after the other. */
export interface Looker<Collected> {
  /**
   * Called again before it has answered, it keeps the order; each image has to stay as it is until its answer.
   * @returns the name of a tensor with a NaN or infinity; null when there is none
   */
  look(image: InputArray): Promise<string | null>;
  collected(): Promise<Collected>;
  close(): Promise<void>;
}

/** Images under way in each looker: the one that it works on, and the next, so that it does not wait for this thread. */
const LANES = 2;

export interface LookChoices {
  /** What to throw when a tensor of an image is not finite. */
  refuse(tensor: string, file: string): unknown;
  /** Image i goes to looker i modulo their number, so that sums do not depend on who was faster; otherwise to whoever is free. */
  inTurn: boolean;
}

/** Shows the samples at these positions to the lookers, side by side and while the next ones are decoded. Throws what `feed` throws. */
export async function showTo(
  lookers: readonly Looker<unknown>[],
  data: Pick<JobData, 'input' | 'items'>,
  positions: Uint32Array,
  context: JobContext,
  { refuse, inTurn }: LookChoices,
): Promise<{ images: number; skipped: Skipped[] }> {
  const skipped: Skipped[] = [];
  let images = 0;
  const busy = new Set<Promise<void>>();
  const failures: { order: number; error: unknown }[] = [];
  const idle = lookers.flatMap((looker) => Array.from({ length: LANES }, () => ({ looker, image: createSharedImage(data.input) })));
  for await (const { item, tensor } of feed(data.input, data.items, positions, skipped, context)) {
    const order = images++;
    const next = (): number => (inTurn ? idle.findIndex(({ looker }) => looker === lookers[order % lookers.length]) : Math.min(idle.length, 1) - 1);
    while (next() < 0) await Promise.race(busy);
    if (failures.length > 0) break;
    const [lane] = idle.splice(next(), 1) as [(typeof idle)[number]];
    lane.image.set(tensor.data as InputArray);
    const job: Promise<void> = lane.looker
      .look(lane.image)
      .then((bad) => {
        if (bad !== null) throw refuse(bad, item.file);
      })
      .catch((error: unknown) => void failures.push({ order, error }))
      .then(() => {
        busy.delete(job);
        idle.push(lane);
      });
    busy.add(job);
  }
  await Promise.all(busy);
  // The first in the order of the images, whichever thread was faster.
  const [first] = failures.sort((a, b) => a.order - b.order);
  if (first) throw first.error;
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
