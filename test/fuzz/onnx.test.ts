import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CalibrantError } from '../../src-main/contract/errors.ts';
import { readModel } from '../../src-main/core/onnx/read.ts';

const files = ['bodies.onnx', 'typed-fields.onnx', 'function.onnx'].map(
  (name) => new Uint8Array(readFileSync(join(import.meta.dirname, '../core/onnx/files', name))),
);

/** Anything but a model or a CalibrantError is a defect. */
function outcome(bytes: Uint8Array): string {
  try {
    readModel(bytes, (_location, _offset, length) => new Uint8Array(Math.min(length ?? 0, 1024)));
    return 'model';
  } catch (error) {
    if (error instanceof CalibrantError) return error.code;
    throw error;
  }
}

/** Mulberry32: the same mutations in every run. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

describe('damaged ONNX files', () => {
  it('cut at any byte', () => {
    for (const good of files) {
      expect(outcome(good)).toBe('model');
      for (let length = 0; length < good.length; length++) {
        const code = outcome(good.subarray(0, length));
        // Only fields that may be missing can be cut off whole.
        if (length === 0) expect(code).toBe('model-empty');
        else if (code !== 'model') expect(['model-truncated', 'model-invalid']).toContain(code);
      }
    }
  });

  it('with 3 000 random mutations', () => {
    const next = random(7);
    const pick = (n: number): number => Math.floor(next() * n);
    const codes = new Map<string, number>();
    for (let i = 0; i < 3000; i++) {
      let bytes = (files[i % files.length] as Uint8Array).slice();
      for (let edits = 1 + pick(4); edits > 0; edits--) {
        const at = pick(bytes.length);
        const kind = pick(5);
        if (kind === 0) bytes[at] = pick(256);
        else if (kind === 1) bytes[at] = (bytes[at] as number) ^ (1 << pick(8));
        else if (kind === 2) bytes.set([0xff, 0xff, 0xff, 0xff, 0x0f].slice(0, bytes.length - at), at);
        else if (kind === 3) bytes = new Uint8Array([...bytes.subarray(0, at), ...bytes.subarray(Math.min(bytes.length, at + 1 + pick(8)))]);
        else bytes = new Uint8Array([...bytes.subarray(0, at), ...bytes.subarray(pick(at + 1), at), ...bytes.subarray(at)]);
        if (bytes.length === 0) bytes = new Uint8Array([0]);
      }
      const code = outcome(bytes);
      codes.set(code, (codes.get(code) ?? 0) + 1);
    }
    expect([...codes.keys()].length).toBeGreaterThan(3);
  });
});
