import { CalibrantError } from '../../contract/errors.ts';
import { packedArray, type PackedArray } from './array-types.ts';

/** Bytes that hold the header of every idx file (up to four dimensions). */
export const IDX_HEADER_BYTES = 20;

const UBYTE = 0x08;

/**
 * Header of an idx file (yann.lecun.com/exdb/mnist): two zero bytes, element type, number of dimensions, then each dimension as big-endian u32.
 * Only unsigned bytes, which is what image and label files hold. Throws `data-unreadable`.
 * @param size of the whole file, in bytes
 */
export function parseIdxHeader(head: Uint8Array, size: number, where: string): PackedArray {
  const rank = head[3] ?? 0;
  const offset = 4 + 4 * rank;
  if (head[0] !== 0 || head[1] !== 0 || head[2] !== UBYTE || rank < 1 || rank > 4 || head.length < offset) {
    throw new CalibrantError('data-unreadable', `${where} is not an idx file of unsigned bytes; check that it is unpacked and complete.`);
  }
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const dims = Array.from({ length: rank }, (_, i) => view.getUint32(4 + 4 * i, false));
  const array = packedArray('uint8', dims, offset);
  if (offset + array.count * array.sampleBytes > size) {
    throw new CalibrantError('data-unreadable', `${where} is cut off: its header promises ${array.count} samples, the file is shorter.`);
  }
  return array;
}
