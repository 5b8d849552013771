import { CalibrantError } from '../../contract/errors.ts';

/** One file of a zip archive, as its central directory tells (APPNOTE.TXT 4.3.12). */
export interface ZipEntry {
  name: string;
  method: 'stored' | 'deflated';
  packedBytes: number;
  bytes: number;
  /** Of its local header. */
  headerOffset: number;
}

export const ZIP_LOCAL_HEADER_BYTES = 30;

/**
 * The entries of a zip archive (.npz). No zip64: archives above 4 GB are refused, since calibration data never need them. Throws `data-unreadable`.
 */
export function readZipDirectory(archive: Uint8Array, where: string): ZipEntry[] {
  const refuse = (reason: string) => new CalibrantError('data-unreadable', `${where} cannot be read: ${reason}.`);
  const view = new DataView(archive.buffer, archive.byteOffset, archive.byteLength);
  const end = findEnd(view);
  if (end < 0) throw refuse('it is not a zip archive, or it is cut off');
  const count = view.getUint16(end + 10, true);
  let at = view.getUint32(end + 16, true);
  if (count === 0xffff || at === 0xffffffff) throw refuse('archives above 4 GB are not supported; save an .npy instead');

  return Array.from({ length: count }, () => {
    if (at + 46 > archive.length || view.getUint32(at, true) !== 0x02014b50) throw refuse('its directory is damaged');
    const method = view.getUint16(at + 10, true);
    if (method !== 0 && method !== 8) throw refuse(`compression method ${method} is not supported`);
    const nameLength = view.getUint16(at + 28, true);
    const entry: ZipEntry = {
      name: new TextDecoder().decode(archive.subarray(at + 46, at + 46 + nameLength)),
      method: method === 0 ? 'stored' : 'deflated',
      packedBytes: view.getUint32(at + 20, true),
      bytes: view.getUint32(at + 24, true),
      headerOffset: view.getUint32(at + 42, true),
    };
    at += 46 + nameLength + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
    return entry;
  });
}

/** The packed bytes of an entry: a view. Throws `data-unreadable`. */
export function zipEntryBytes(archive: Uint8Array, entry: ZipEntry, where: string): Uint8Array {
  const view = new DataView(archive.buffer, archive.byteOffset, archive.byteLength);
  const at = entry.headerOffset;
  if (at + ZIP_LOCAL_HEADER_BYTES > archive.length || view.getUint32(at, true) !== 0x04034b50) {
    throw new CalibrantError('data-unreadable', `${where} cannot be read: the entry ${entry.name} is damaged.`);
  }
  const start = at + ZIP_LOCAL_HEADER_BYTES + view.getUint16(at + 26, true) + view.getUint16(at + 28, true);
  return archive.subarray(start, start + entry.packedBytes);
}

/** The end record lies at the end, before a comment of up to 65535 bytes. */
function findEnd(view: DataView): number {
  for (let at = view.byteLength - 22; at >= Math.max(0, view.byteLength - 22 - 0xffff); at -= 1) {
    if (view.getUint32(at, true) === 0x06054b50) return at;
  }
  return -1;
}
