import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CalibrantError } from '../../src-main/contract/errors.ts';
import { inspectModel } from '../../src-main/core/onnx/inspect.ts';
import { prepareModel } from '../../src-main/core/onnx/prepare.ts';
import type { Model } from '../../src-main/core/onnx/graph.ts';
import { readModel, type ExternalReader } from '../../src-main/core/onnx/read.ts';
import { assertQuantizable } from '../../src-main/core/onnx/support.ts';
import { writeModel } from '../../src-main/core/onnx/write.ts';
import { operatorModels } from '../core/onnx/operators.ts';
import { random } from '../fixtures/random.ts';
import { absurd, mutated } from './mutated.ts';

/** Written by the onnx package, and one of ours for every operator that is understood. */
const files = ['bodies.onnx', 'typed-fields.onnx', 'function.onnx'].map(
  (name) => new Uint8Array(readFileSync(join(import.meta.dirname, '../core/onnx/files', name))),
);
const operators = operatorModels.map(([, model]) => writeModel(model));

/** Reads, inspects and prepares. Anything but a result or a CalibrantError is a defect. */
function outcome(bytes: Uint8Array | Model): string {
  try {
    const external: ExternalReader = (_location, _offset, length) => new Uint8Array(Math.min(length ?? 0, 1024));
    const model = bytes instanceof Uint8Array ? readModel(bytes, external) : bytes;
    inspectModel(model);
    prepareModel(model);
    assertQuantizable(model);
    return 'model';
  } catch (error) {
    if (error instanceof CalibrantError) return error.code;
    throw error;
  }
}

const ROUNDS = Number(process.env['FUZZ_ROUNDS'] ?? 3000);

describe('damaged ONNX files', () => {
  it('cut at any byte', () => {
    for (const good of files) {
      for (let length = 0; length < good.length; length++) {
        const code = outcome(good.subarray(0, length));
        if (length === 0) expect(code).toBe('model-empty');
        // Fields at the end that may be missing can be cut off whole: operator sets and functions.
        else expect(['model-truncated', 'model-invalid', 'model-unsupported-opset', 'model-unknown-domain', outcome(good)]).toContain(code);
      }
    }
  });

  it.each([
    ['of the onnx package', files],
    ['for every operator', operators],
  ])('with thousands of random mutations: %s', (_name, seeds) => {
    const next = random(7);
    const codes = new Set<string>();
    for (let i = 0; i < ROUNDS; i++) codes.add(outcome(mutated(seeds[i % seeds.length] as Uint8Array, (n) => Math.floor(next() * n))));
    expect(codes.size).toBeGreaterThan(3);
  });

  it('that read well and make no sense', () => {
    const next = random(11);
    const pick = (n: number): number => Math.floor(next() * n);
    const codes = new Set<string>();
    for (let i = 0; i < ROUNDS; i++) codes.add(outcome(absurd((operatorModels[i % operatorModels.length] as [string, Model])[1], pick)));
    expect(codes).toContain('model');
  });
});
