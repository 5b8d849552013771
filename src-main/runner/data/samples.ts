import { join } from 'node:path';
import { CalibrantError } from '../../contract/errors.ts';
import type { ArrayType, PackedArray } from '../../core/data/array-types.ts';
import { decodeFeatures } from '../../core/data/features.ts';
import type { ImageSource } from '../images/decode.ts';
import type { PackedFile } from './packed.ts';
import type { Data } from './read-index.ts';

/** The samples of a data set by their position in the sorted list: images, or tensors as they are. */
export type Samples =
  | { content: 'images'; image(position: number): Promise<ImageSource> }
  | {
      content: 'features';
      /** Of one sample, without the batch. */
      shape: number[];
      type: ArrayType;
      /** Throws `data-not-finite`. */
      features(position: number, into: { [index: number]: number }): Promise<void>;
    };

/** Unsigned bytes of idx and npy files with the shape of an image are pixels; everything else in packed files is a feature tensor. */
export function samplesOf({ index, packed }: Data): Samples {
  const first = packed.values().next().value;
  const fileOf = (position: number) => index.items[position]?.file ?? '';
  if (!first) return { content: 'images', image: (position) => Promise.resolve(join(index.path, fileOf(position))) };

  const locate = (position: number): { file: PackedFile; index: number } => {
    const [name, number] = splitName(fileOf(position));
    const file = packed.get(name);
    if (!file) throw new CalibrantError('data-unreadable', `There is no sample ${position} in ${index.path}.`);
    return { file, index: number };
  };
  const pixels = index.kind === 'features' ? null : pixelShape(first.array);
  if (pixels) {
    return {
      content: 'images',
      image: async (position) => {
        const at = locate(position);
        return { ...pixels, data: await at.file.read(at.index) };
      },
    };
  }

  return {
    content: 'features',
    shape: first.array.shape,
    type: first.array.type,
    features: async (position, into) => {
      const at = locate(position);
      if (!decodeFeatures(first.array, await at.file.read(at.index), into)) {
        throw new CalibrantError('data-not-finite', 'it has values that are not finite (NaN or infinite)');
      }
    },
  };
}

function pixelShape({ type, shape }: PackedArray): { height: number; width: number; channels: 1 | 3 } | null {
  const [height, width, channels = 1] = shape;
  if (type !== 'uint8' || height === undefined || width === undefined || shape.length > 3) return null;
  return channels === 1 || channels === 3 ? { height, width, channels } : null;
}

/** `file#index`, where the file's own name may contain `#`. */
function splitName(item: string): [string, number] {
  const at = item.lastIndexOf('#');
  return [item.slice(0, at), Number(item.slice(at + 1))];
}
