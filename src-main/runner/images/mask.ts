import { readFile } from 'node:fs/promises';
import { inflateSync } from 'node:zlib';
import { CalibrantError } from '../../contract/errors.ts';
import type { Size } from '../../core/data/geometry.ts';
import { readPngHeader, unpackIndices, type PngHeader } from '../../core/data/png-indices.ts';

/** A class for each pixel, row by row, as the file has it. */
export interface Mask {
  width: number;
  height: number;
  values: Uint8Array;
}

/**
 * A PNG with one channel of up to 8 bits, or with a palette. Its values are read as they are stored: libvips would turn palette indices into colours, and
 * stretch 1-bit masks to 0 and 255. Throws `data-unreadable`.
 */
export async function readMask(path: string): Promise<Mask> {
  const bytes = await readFile(path).catch((cause: NodeJS.ErrnoException) => {
    throw unreadable(cause.code === 'ENOENT' ? 'it is not there' : cause.message, cause);
  });
  let header: PngHeader;
  try {
    header = readPngHeader(bytes);
  } catch (cause) {
    throw unreadable((cause as Error).message, cause);
  }
  const { width, height, rowBytes, data } = header;
  try {
    const rows = inflateSync(Buffer.concat(data), { maxOutputLength: (rowBytes + 1) * height });
    return { width, height, values: unpackIndices(rows, header) };
  } catch (cause) {
    throw unreadable('it is cut off or damaged', cause);
  }
}

/** Of its sides, in percent, that a mask may differ from its image in proportion: rounding of a smaller mask. */
const ROUNDING = 2;

/** The mask of an image, if it can be one: of the same proportions, whatever its size. Throws `data-unreadable`. */
export async function readMaskOf(path: string, image: Size): Promise<Mask> {
  const mask = await readMask(path);
  if (Math.abs((mask.width * image.height) / (mask.height * image.width) - 1) * 100 <= ROUNDING) return mask;
  throw new CalibrantError(
    'data-unreadable',
    `its mask has ${mask.width}×${mask.height} pixels and the image ${image.width}×${image.height}, which is another shape`,
  );
}

function unreadable(reason: string, cause: unknown): CalibrantError {
  return new CalibrantError('data-unreadable', `its mask cannot be read: ${reason}`, undefined, cause);
}
