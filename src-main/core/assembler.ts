/** Words of WebAssembly, for kernels that are assembled where they are used, so that the source is all there is. */

const leb = (n: number): number[] => (n < 128 ? [n] : [(n & 127) | 128, ...leb(n >>> 7)]);
const section = (id: number, body: number[]): number[] => [id, ...leb(body.length), ...body];
const text = (name: string): number[] => [name.length, ...new TextEncoder().encode(name)];

export const get = (local: number): number[] => [0x20, ...leb(local)];
export const set = (local: number): number[] => [0x21, ...leb(local)];
export const loadVector = (offset: number): number[] => [0xfd, 0x00, 4, ...leb(offset)];
export const storeVector = (offset: number): number[] => [0xfd, 0x0b, 4, ...leb(offset)];
/** Four bytes as the lowest lane, the others 0. */
export const loadFour = (offset: number): number[] => [0xfd, 0x5c, 0, ...leb(offset)];
/** 0 to 8191. */
export const i32const = (n: number): number[] => [0x41, ...(n < 64 ? [n] : [(n & 127) | 128, n >>> 7])];

export const I32 = { add: [0x6a], sub: [0x6b], and: [0x71], shiftLeft: [0x74], shiftRight: [0x76], lessThan: [0x49] };
export const LOOP = [0x03, 0x40];
export const BLOCK = [0x02, 0x40];
export const IF = [0x04, 0x40];
export const END = [0x0b];
/** Leaves so many blocks, or starts the loop that is so many outward again, if what is on the stack is not 0. */
export const branchIf = (outward: number): number[] => [0x0d, outward];

export const V128 = { and: [0xfd, 0x4e], or: [0xfd, 0x50], select: [0xfd, 0x52] };
export const F32X4 = {
  splat: [0xfd, 0x13],
  nearest: [0xfd, 0x6a],
  neg: [0xfd, 0xe1, 1],
  sub: [0xfd, 0xe5, 1],
  mul: [0xfd, 0xe6, 1],
  div: [0xfd, 0xe7, 1],
  pmin: [0xfd, 0xea, 1],
  pmax: [0xfd, 0xeb, 1],
};
export const F64X2 = {
  promoteLow: [0xfd, 0x5f],
  abs: [0xfd, 0xec, 1],
  add: [0xfd, 0xf0, 1],
  sub: [0xfd, 0xf1, 1],
  mul: [0xfd, 0xf2, 1],
  pmax: [0xfd, 0xf7, 1],
};
/** The four lowest bytes as float32. */
export const BYTES_TO_FLOATS = {
  uint8: [0xfd, 0x89, 1, 0xfd, 0xa9, 1, 0xfd, 0xfa, 1],
  int8: [0xfd, 0x87, 1, 0xfd, 0xa7, 1, 0xfd, 0xfa, 1],
};
/** The upper half of a vector as its lower one. */
export const UPPER_HALF = [0xfd, 0x0d, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7];

const TYPES = { i32: 0x7f, f32: 0x7d, v128: 0x7b } as const;
type Type = keyof typeof TYPES;

/** A function without a result; locals are counted after the parameters. */
export interface Routine {
  name: string;
  parameters: readonly Type[];
  locals: readonly Type[];
  code: readonly number[];
}

/** A module with these functions and a memory of so many pages of 64 KiB, all exported. */
export function assemble(pages: number, routines: readonly Routine[]): Uint8Array<ArrayBuffer> {
  const bodies = routines.flatMap(({ locals, code }) => {
    const body = [...leb(locals.length), ...locals.flatMap((type) => [1, TYPES[type]]), ...code, ...END];
    return [...leb(body.length), ...body];
  });
  const count = routines.length;
  return new Uint8Array([
    0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0,
    ...section(1, [count, ...routines.flatMap(({ parameters }) => [0x60, ...leb(parameters.length), ...parameters.map((type) => TYPES[type]), 0])]),
    ...section(3, [count, ...routines.map((_, i) => i)]),
    ...section(5, [1, 0, ...leb(pages)]),
    ...section(7, [count + 1, ...text('memory'), 2, 0, ...routines.flatMap(({ name }, i) => [...text(name), 0, i])]),
    ...section(10, [count, ...bodies]),
  ]); // prettier-ignore
}
