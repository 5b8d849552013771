import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { CalibrantError } from '../../contract/errors.ts';
import { bitsOf, elementTypeOf } from './element-types.ts';
import type { Tensor } from './graph.ts';
import { invalidModel } from './invalid.ts';
import type { TensorProto } from './schema_pb.ts';
import { byteLengthOf, elementCount, intTensor, isIntegerType } from './tensor.ts';

/**
 * Reads weights that are kept outside the model file.
 * @param location path relative to the model's folder, already checked to stay inside it (a symbolic link is the reader's to check)
 * @param length bytes; null: up to the end of the file
 */
export type ExternalReader = (location: string, offset: number, length: number | null) => Uint8Array;

/** @param owner what to call the constant in errors where it has no name */
export function readTensor(proto: TensorProto, external: ExternalReader | undefined, owner: string): Tensor {
  const name = proto.name;
  const label = name || owner;
  const dims = proto.dims.map((dim) => readDim(dim, label));
  const type = elementTypeOf(proto.dataType);
  if (proto.dataType === 0) throw invalidModel(`the constant ${label} has no element type`, { constant: label });
  if (type === 'other') {
    throw new CalibrantError(
      'model-unsupported-type',
      `The constant ${label} has element type ${proto.dataType}, which Calibrant does not know; export the model with float32 weights.`,
      { constant: label, type: proto.dataType },
    );
  }
  if (!Number.isSafeInteger(elementCount(dims))) throw invalidModel(`the constant ${label} has the impossible shape [${dims.join(', ')}]`);
  if (type === 'string') return { name, type, dims, bytes: readStrings(proto, elementCount(dims), label) };

  const expected = byteLengthOf(type, dims) as number;
  const tensor = proto.dataLocation === 1 ? readExternal(proto, external, expected, label) : (proto.rawData ?? readTyped(proto, type, dims, expected, label));
  if (tensor.length !== expected) {
    const reason = `the constant ${label} of shape [${dims.join(', ')}] needs ${expected} bytes and has ${tensor.length}`;
    throw invalidModel(reason, { constant: label, expected, found: tensor.length });
  }
  return { name, type, dims, bytes: tensor };
}

function readDim(dim: bigint, label: string): number {
  if (dim < 0n || dim > BigInt(Number.MAX_SAFE_INTEGER)) throw invalidModel(`the constant ${label} has a dimension of ${dim}`);
  return Number(dim);
}

/** Old exporters keep values in a list that depends on the type. Floats need no decoding: a packed list of them is their raw data. */
function readTyped(proto: TensorProto, type: Tensor['type'], dims: number[], expected: number, label: string): Uint8Array {
  if (type === 'float32' || type === 'complex64') return joined(proto.floatData);
  if (type === 'float64' || type === 'complex128') return joined(proto.doubleData);
  const chunks = type === 'int64' ? proto.int64Data : type === 'uint32' || type === 'uint64' ? proto.uint64Data : proto.int32Data;
  // Two 4-bit values share an entry; halves and 8-bit floats are kept as their bits.
  const entries = bitsOf(type) === 4 ? expected : elementCount(dims);
  if (chunks.reduce((sum, chunk) => sum + chunk.length, 0) < entries) {
    throw invalidModel(`the constant ${label} of shape [${dims.join(', ')}] has fewer values than that`, { constant: label });
  }
  const storage = isIntegerType(type) ? type : bitsOf(type) === 16 ? 'uint16' : 'uint8';
  if (type === 'int64' || type === 'uint64') return readLong(chunks, type, entries);
  const values: number[] = [];
  for (const chunk of chunks) {
    const reader = new BinaryReader(chunk);
    while (reader.pos < chunk.length) values.push(type === 'uint32' ? Number(reader.uint64()) : reader.int32());
  }
  // Exporters differ in whether they extend the sign of small types; only the low bits count.
  const low = storage === 'uint8' ? 0xff : storage === 'uint16' ? 0xffff : null;
  return intTensor(label, [values.length], low === null ? values : values.map((value) => value & low), storage).bytes;
}

function readLong(chunks: Uint8Array[], type: 'int64' | 'uint64', entries: number): Uint8Array {
  const bytes = new Uint8Array(entries * 8);
  const view = new DataView(bytes.buffer);
  let count = 0;
  for (const chunk of chunks) {
    const reader = new BinaryReader(chunk);
    for (; reader.pos < chunk.length; count++) {
      const value = BigInt(type === 'int64' ? reader.int64() : reader.uint64());
      if (count < entries) view.setBigUint64(count * 8, BigInt.asUintN(64, value), true);
    }
  }
  return count === entries ? bytes : bytes.subarray(0, Math.min(count, entries - 1) * 8);
}

/** Kept encoded: nothing computes with strings, and they must come out as they went in. */
function readStrings(proto: TensorProto, expected: number, label: string): Uint8Array {
  if (proto.stringData.length !== expected) throw invalidModel(`the constant ${label} needs ${expected} strings and has ${proto.stringData.length}`);
  const writer = new BinaryWriter();
  for (const text of proto.stringData) writer.tag(6, WireType.LengthDelimited).bytes(text);
  return writer.finish();
}

function joined(chunks: Uint8Array[]): Uint8Array {
  if (chunks.length === 1) return chunks[0] as Uint8Array;
  const bytes = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return bytes;
}

function readExternal(proto: TensorProto, external: ExternalReader | undefined, expected: number, label: string): Uint8Array {
  const entries = new Map(proto.externalData.map(({ key, value }) => [key, value]));
  const location = entries.get('location') ?? '';
  const offset = byteNumber(entries.get('offset') ?? '0', label);
  const length = entries.has('length') ? byteNumber(entries.get('length') as string, label) : null;
  if (leavesFolder(location)) {
    throw new CalibrantError(
      'model-external-data-outside',
      `The model keeps the constant ${label} in “${location}”, which is not inside the model's own folder; put the file beside the model and export it again.`,
      { constant: label, location },
    );
  }
  // Said before anything is read, so that a wrong length cannot make the reader allocate.
  if (length !== null && length !== expected) {
    throw invalidModel(`the constant ${label} needs ${expected} bytes and its entry says ${length} in “${location}”`, { constant: label, location });
  }
  if (expected === 0) return new Uint8Array(0);
  if (!external) {
    throw new CalibrantError(
      'model-external-data-missing',
      `The model keeps the constant ${label} in “${location}”, which did not come with it; open the model from the folder that has both.`,
      { constant: label, location },
    );
  }
  const bytes = external(location, offset, length ?? expected);
  return bytes.length > expected ? bytes.subarray(0, expected) : bytes;
}

function byteNumber(text: string, label: string): number {
  const value = /^\d+$/.test(text) ? Number(text) : NaN;
  if (!Number.isSafeInteger(value)) throw invalidModel(`the place of the constant ${label} in its file is “${text}”`, { constant: label });
  return value;
}

/** Absolute paths of any system, and paths that climb above the folder they start in. */
function leavesFolder(location: string): boolean {
  if (location === '' || location.includes('\0') || /^([/\\]|[A-Za-z]:)/.test(location)) return true;
  let depth = 0;
  for (const part of location.split(/[/\\]/)) {
    if (part === '..') depth--;
    else if (part !== '' && part !== '.') depth++;
    if (depth < 0) return true;
  }
  return depth === 0;
}
