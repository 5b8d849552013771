import type { Size } from './geometry.ts';

/** What a PNG of one channel or with a palette is made of (PNG specification, third edition, §5 and §9). */
export interface PngHeader extends Size {
  /** Of one pixel: 1, 2, 4 or 8. */
  depth: number;
  /** Of one row, without its filter byte. */
  rowBytes: number;
  /** The compressed rows, as they lie in the file. */
  data: Uint8Array[];
}

const SIGNATURE = [137, 80, 78, 71, 13, 10, 26, 10];
/** Colour types. */
const GRAY = 0;
const PALETTE = 3;
const LARGEST = 200_000_000;

/** Throws an Error that says why the file is no mask: no PNG, several channels, 16 bits, interlaced, or too large. */
export function readPngHeader(bytes: Uint8Array): PngHeader {
  if (SIGNATURE.some((byte, i) => bytes[i] !== byte)) throw new Error('it is not a PNG file');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const data: Uint8Array[] = [];
  let head: Omit<PngHeader, 'data'> | null = null;
  for (let at = 8; at + 8 <= bytes.length;) {
    const length = view.getUint32(at);
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    const from = at + 8;
    if (type === 'IHDR' && from + 13 <= bytes.length) head = readHead(view, from);
    else if (type === 'IDAT') data.push(bytes.subarray(from, Math.min(from + length, bytes.length)));
    else if (type === 'IEND') break;
    at = from + length + 4;
  }
  if (!head || data.length === 0) throw new Error('it is cut off or damaged');
  return { ...head, data };
}

function readHead(view: DataView, at: number): Omit<PngHeader, 'data'> {
  const [width, height] = [view.getUint32(at), view.getUint32(at + 4)];
  const [depth, color, interlaced] = [view.getUint8(at + 8), view.getUint8(at + 9), view.getUint8(at + 12)];
  if (color !== GRAY && color !== PALETTE) throw new Error('it has several channels; a mask has one, whose values are classes, or a palette');
  if (depth > 8) throw new Error(`it has ${depth} bits a pixel; a mask has 8 at most`);
  if (interlaced !== 0) throw new Error('it is interlaced; save it without');
  if (width === 0 || height === 0 || width * height > LARGEST) throw new Error(`it has ${width}×${height} pixels`);
  return { width, height, depth, rowBytes: Math.ceil((width * depth) / 8) };
}

/** Undoes the filters of inflated rows and takes the values apart. Throws a RangeError when rows are missing or a filter is unknown. */
export function unpackIndices(rows: Uint8Array, { width, height, depth, rowBytes }: PngHeader): Uint8Array {
  if (rows.length < (rowBytes + 1) * height) throw new RangeError('Rows are missing');
  const values = new Uint8Array(width * height);
  let above = new Uint8Array(rowBytes);
  for (let y = 0; y < height; y++) {
    const from = y * (rowBytes + 1);
    const row = rows.slice(from + 1, from + 1 + rowBytes);
    unfilter(rows[from] as number, row, above);
    if (depth === 8) values.set(row, y * width);
    else for (let x = 0; x < width; x++) values[y * width + x] = ((row[(x * depth) >> 3] as number) >> (8 - depth - ((x * depth) & 7))) & ((1 << depth) - 1);
    above = row;
  }
  return values;
}

/** In place. Neighbours are one byte away, since a pixel has 8 bits at most. */
function unfilter(kind: number, row: Uint8Array, above: Uint8Array): void {
  if (kind > 4) throw new RangeError(`Filter ${kind}`);
  if (kind === 0) return;
  for (let i = 0; i < row.length; i++) {
    const left = i > 0 ? (row[i - 1] as number) : 0;
    const up = above[i] as number;
    const corner = i > 0 ? (above[i - 1] as number) : 0;
    const predicted = kind === 1 ? left : kind === 2 ? up : kind === 3 ? (left + up) >> 1 : paeth(left, up, corner);
    row[i] = (row[i] as number) + predicted;
  }
}

function paeth(left: number, up: number, corner: number): number {
  const guess = left + up - corner;
  const [byLeft, byUp, byCorner] = [Math.abs(guess - left), Math.abs(guess - up), Math.abs(guess - corner)];
  return byLeft <= byUp && byLeft <= byCorner ? left : byUp <= byCorner ? up : corner;
}
