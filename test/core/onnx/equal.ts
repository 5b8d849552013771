import type { InferenceSession, TypedTensor } from 'onnxruntime-node';
import { expect } from 'vitest';

/** Outputs of two models: same names, shapes and types, and values within `tolerance` of the greatest magnitude of the first. */
export function expectClose(actual: InferenceSession.OnnxValueMapType, expected: InferenceSession.OnnxValueMapType, tolerance: number): void {
  expect(Object.keys(actual)).toEqual(Object.keys(expected));
  for (const [name, wanted] of Object.entries(expected)) {
    const got = actual[name] as TypedTensor<'float32'>;
    expect([name, got.type, got.dims]).toEqual([name, wanted.type, wanted.dims]);
    const [a, b] = [Array.from(got.data, Number), Array.from((wanted as TypedTensor<'float32'>).data, Number)];
    const scale = b.reduce((greatest, value) => (Number.isFinite(value) ? Math.max(greatest, Math.abs(value)) : greatest), 0) || 1;
    const worst = b.reduce((most, value, i) => (Object.is(value, a[i]) ? most : Math.max(most, Math.abs(value - (a[i] as number)) / scale)), 0);
    expect([name, worst]).toEqual([name, expect.toSatisfy((error: number) => error <= tolerance)]);
  }
}
