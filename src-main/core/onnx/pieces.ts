import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

/** An encoded message in pieces, of which weights are views: gigabytes of them are copied once, into the end result, or not at all. */
export type Pieces = readonly Uint8Array[];

export function lengthOf(pieces: Pieces): number {
  return pieces.reduce((sum, piece) => sum + piece.length, 0);
}

/** A field that holds these pieces: a message, or bytes. Beyond 4 GB nobody can read it, but its length can still be told. */
export function fieldOf(number: number, pieces: Pieces): Pieces {
  return [new BinaryWriter().tag(number, WireType.LengthDelimited).uint64(lengthOf(pieces)).finish(), ...pieces];
}

/** One buffer of exactly the right size. */
export function join(pieces: Pieces): Uint8Array {
  const bytes = new Uint8Array(lengthOf(pieces));
  let offset = 0;
  for (const piece of pieces) {
    bytes.set(piece, offset);
    offset += piece.length;
  }
  return bytes;
}
