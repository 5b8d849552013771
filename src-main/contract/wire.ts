import { CalibrantError } from './errors.ts';

/**
 * One binary frame for a value with typed arrays in it: u32 length of the header, the header as JSON with `{"$binary": n}` where an array was, then the
 * arrays, each at a multiple of 8 bytes. Structured clone does this for IPC; a WebSocket needs it, since base64 would cost a third more and a copy.
 */
const KINDS = { Uint8Array, Int8Array, Float32Array, Float64Array, Int32Array } as const;
type Kind = keyof typeof KINDS;
type Binary = InstanceType<(typeof KINDS)[Kind]>;

interface Header {
  value: unknown;
  arrays: { kind: Kind; offset: number; length: number }[];
}

function isBinary(value: unknown): value is Binary {
  return ArrayBuffer.isView(value) && kindOf(value) !== undefined;
}

function kindOf(value: ArrayBufferView): Kind | undefined {
  // Node's Buffer is a Uint8Array with another name.
  return (Object.keys(KINDS) as Kind[]).find((kind) => value instanceof KINDS[kind]);
}

/** Value → frame. Numbers that JSON cannot carry (NaN, ±Infinity) are kept as `{"$number": "NaN"}`. */
export function encodeFrame(value: unknown): Uint8Array<ArrayBuffer> {
  const arrays: Header['arrays'] = [];
  const blocks: Uint8Array[] = [];
  let offset = 0;
  const replace = (item: unknown): unknown => {
    if (typeof item === 'number' && !Number.isFinite(item)) return { $number: String(item) };
    if (isBinary(item)) {
      const bytes = new Uint8Array(item.buffer, item.byteOffset, item.byteLength);
      arrays.push({ kind: kindOf(item) as Kind, offset, length: item.length });
      blocks.push(bytes);
      offset += (bytes.length + 7) & ~7;
      return { $binary: arrays.length - 1 };
    }
    if (Array.isArray(item)) return item.map(replace);
    if (item !== null && typeof item === 'object') {
      return Object.fromEntries(Object.entries(item).map(([key, inner]) => [key, replace(inner)]));
    }
    return item;
  };
  const replaced = replace(value);
  const header = new TextEncoder().encode(JSON.stringify({ value: replaced, arrays } satisfies Header));
  const start = (4 + header.length + 7) & ~7;
  const frame = new Uint8Array(start + offset);
  new DataView(frame.buffer).setUint32(0, header.length, true);
  frame.set(header, 4);
  blocks.forEach((block, i) => frame.set(block, start + (arrays[i]?.offset ?? 0)));
  return frame;
}

/** Frame → value. The arrays are copies, so that the frame can be let go. Throws `call-invalid` on anything malformed. */
export function decodeFrame(frame: Uint8Array): unknown {
  try {
    const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
    const headerLength = view.getUint32(0, true);
    const header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(frame.subarray(4, 4 + headerLength))) as Header;
    const start = (4 + headerLength + 7) & ~7;
    const restore = (item: unknown): unknown => {
      if (Array.isArray(item)) return item.map(restore);
      if (item === null || typeof item !== 'object') return item;
      if ('$number' in item) return Number(item.$number);
      if ('$binary' in item) {
        const array = header.arrays[item.$binary as number];
        if (!array) throw new RangeError('no such array');
        const type = KINDS[array.kind];
        const from = start + array.offset;
        const bytes = frame.slice(from, from + array.length * type.BYTES_PER_ELEMENT);
        return new type(bytes.buffer, 0, array.length);
      }
      return Object.fromEntries(Object.entries(item).map(([key, inner]) => [key, restore(inner)]));
    };
    return restore(header.value);
  } catch (cause) {
    throw new CalibrantError('call-invalid', 'A message between the window and its host is malformed; reload the window.', undefined, cause);
  }
}
