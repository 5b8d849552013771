import { CalibrantError } from '../../contract/errors.ts';
import { packedArray, type ArrayType, type PackedArray } from './array-types.ts';

/** Enough for the header of every array with fewer than some thousand dimensions. */
export const NPY_HEADER_BYTES = 4096;

const TYPES: Record<string, ArrayType> = {
  '<f4': 'float32',
  '<f8': 'float64',
  '|i1': 'int8',
  '|u1': 'uint8',
  '<i2': 'int16',
  '<u2': 'uint16',
  '<i4': 'int32',
  '<i8': 'int64',
};

/**
 * Header of an .npy file (numpy.lib.format, versions 1 to 3): magic, version, length, then a Python dict with `descr`, `fortran_order` and `shape`.
 * The first dimension counts the samples. Throws `data-unreadable`.
 * @param size of the whole file, in bytes
 */
export function parseNpyHeader(head: Uint8Array, size: number, where: string): PackedArray {
  const refuse = (reason: string) => new CalibrantError('data-unreadable', `${where} cannot be read: ${reason}.`);
  const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
  if (head.length < 12 || magic.some((byte, i) => head[i] !== byte)) throw refuse('it is not an .npy file');
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const long = (head[6] ?? 1) > 1;
  const start = long ? 12 : 10;
  const offset = start + (long ? view.getUint32(8, true) : view.getUint16(8, true));
  if (offset > head.length) throw refuse('its header is cut off or unusually long');
  const dict = new TextDecoder('latin1').decode(head.subarray(start, offset));

  const descr = /'descr'\s*:\s*'([^']*)'/.exec(dict)?.[1] ?? '';
  const type = TYPES[descr];
  if (!type) throw refuse(`elements of type "${descr || 'unknown'}" are not supported; save it as float32 or uint8`);
  if (!/'fortran_order'\s*:\s*False/.test(dict)) throw refuse('it is in Fortran order; save numpy.ascontiguousarray(x)');
  const dims = (/'shape'\s*:\s*\(([^)]*)\)/.exec(dict)?.[1] ?? '').split(',').filter((part) => part.trim() !== '').map(Number); // prettier-ignore
  if (dims.length === 0 || dims.some((dim) => !Number.isSafeInteger(dim) || dim < 0)) throw refuse('its shape has no sample dimension');

  const array = packedArray(type, dims, offset);
  if (offset + array.count * array.sampleBytes > size) throw refuse(`it is cut off: ${array.count} samples do not fit into its ${size} bytes`);
  return array;
}
