import { describe, expect, it } from 'vitest';
import { chooseScale, encode, fullCodes, roundHalfEven, spreadCodes, type CodeRange } from '../../../src-main/core/quant/scale.ts';
import type { IntegerType } from '../../../src-main/core/quant/types.ts';

const range = (min: number, max: number): CodeRange => ({ min, max });

describe('scale and zero point', () => {
  /** Printed by compute_scale_zp of ONNX Runtime 1.30 (with get_qmin_qmax_for_qType) for float32 ends. */
  it.each([
    ['uint8', false, -1, 3, 64, 0.01568627543747425],
    ['uint8', true, -1, 3, 128, 0.0235294122248888],
    ['int8', false, -1, 3, -64, 0.01568627543747425],
    ['int8', true, -1, 3, 0, 0.023622047156095505],
    ['uint8', false, 0.5, 6, 0, 0.0235294122248888],
    ['int8', false, 0.5, 6, -128, 0.0235294122248888],
    ['uint8', false, -3, -1, 255, 0.0117647061124444],
    ['int8', true, -3, -1, 0, 0.023622047156095505],
    ['uint8', false, -0.02, 6, 1, 0.02360784262418747],
    ['uint8', true, 0.5, 6, 128, 0.0470588244497776],
    ['int8', false, -3, -1, 127, 0.0117647061124444],
    ['int8', false, -0.02, 6, -127, 0.02360784262418747],
    ['int8', true, -0.02, 6, 0, 0.04724409431219101],
    ['uint8', false, 0, 0, 0, 1],
    ['uint8', true, 0, 0, 0, 1],
    ['int8', false, 0, 0, 0, 1],
    ['uint8', false, 0, 1e-39, 0, 1],
  ] as const)('%s symmetric=%s [%f, %f] → zero point %i, scale %f', (type, symmetric, min, max, zeroPoint, scale) => {
    const chosen = chooseScale(min, max, spreadCodes(type, symmetric, 'restricted'), symmetric);
    expect(chosen.zeroPoint).toBe(zeroPoint);
    expect(chosen.scale).toBe(Math.fround(scale));
    expect(chosen.dead).toBe(scale === 1);
  });

  /** The same for the other types and for reduced ranges, over [−1, 3]. */
  it.each([
    ['int8', true, 'reduced', 0, 0.046875],
    ['uint16', false, 'restricted', 16384, 6.103608757257462e-5],
    ['int16', true, 'restricted', 0, 9.155552834272385e-5],
    ['int4', false, 'restricted', -4, 0.2666666805744171],
    ['int4', true, 'full', 0, 0.4000000059604645],
    ['uint4', true, 'restricted', 8, 0.4000000059604645],
    // Ours: the greatest value is a code of its own, which the tool above clips.
    ['int4', true, 'restricted', 0, 3 / 7],
  ] as const)('%s symmetric=%s %s → zero point %i, scale %f', (type, symmetric, codes, zeroPoint, scale) => {
    const chosen = chooseScale(-1, 3, spreadCodes(type, symmetric, codes), symmetric);
    expect(chosen.zeroPoint + 0).toBe(zeroPoint);
    expect(chosen.scale).toBe(Math.fround(scale));
  });

  /** Printed from the tables ONNX_INT_TYPE_REDUCED_RANGE and ONNX_INT_TYPE_SYMMETRIC_RANGE of ONNX Runtime 1.30. */
  it('spreads reduced ranges over half of the codes', () => {
    const reduced = (type: IntegerType): number[] => Object.values(spreadCodes(type, false, 'reduced'));
    expect([reduced('uint8'), reduced('int8'), reduced('uint16'), reduced('int16'), reduced('uint4'), reduced('int4')]).toEqual([
      [0, 127], [-64, 64], [0, 32767], [-16384, 16384], [0, 7], [-4, 3],
    ]); // prettier-ignore
  });

  it.each([
    [-1e38, 3e38],
    [-3.4e38, 3.4e38],
    [-1e-37, 1e-39],
    [0, 3.4e38],
  ])('keeps scales of the range [%f, %f] finite and above zero', (min, max) => {
    for (const symmetric of [true, false]) {
      const { scale, zeroPoint } = chooseScale(min, max, spreadCodes('int8', symmetric, 'restricted'), symmetric);
      expect(scale).toBeGreaterThan(0);
      expect(Number.isFinite(scale)).toBe(true);
      expect(Math.abs(zeroPoint)).toBeLessThanOrEqual(128);
    }
  });

  /** Values of ONNX Runtime's own unit test (test_quant_util.py), codes given freely. */
  it.each([
    [-1, 2, range(-127, 127), true, 0, 2 / 127],
    [-1, 2, range(-127, 127), false, -42, 3 / 254],
    [-1, 2, range(0, 255), true, 128, 4 / 255],
    [-1, 2, range(0, 255), false, 85, 3 / 255],
    [-1, 3, range(-64, 64), true, 0, 0.046875],
    [-1, 3, range(0, 65535), false, 16384, 6.103608757257462e-5],
    [-1, 3, range(-32767, 32767), true, 0, 9.155552834272385e-5],
  ])('[%f, %f] over %o symmetric=%s', (min, max, codes, symmetric, zeroPoint, scale) => {
    const chosen = chooseScale(min, max, codes, symmetric);
    expect(chosen.zeroPoint).toBe(zeroPoint);
    expect(chosen.scale).toBe(Math.fround(scale));
  });

  it('subtracts the ends in float32 before it divides', () => {
    // float32(0.1) − float32(−16777216) is 16777216 in float32, and 16777216.1 in float64.
    const { scale } = chooseScale(-16777216, 0.1, range(0, 255), false);
    expect(scale).toBe(Math.fround(16777216 / 255));
  });

  it('rounds ties to even', () => {
    expect([0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 3.4999, 1e15].map(roundHalfEven).map((x) => x + 0)).toEqual([0, 2, 2, 0, -2, -2, 3, 1e15]);
  });

  it('clips codes to the whole type, also where the range is symmetric', () => {
    expect(encode(-10, 0.5, 0, fullCodes('int8'))).toBe(-20);
    expect(encode(-100, 0.5, 0, fullCodes('int8'))).toBe(-128);
    expect(encode(1000, 0.5, 10, fullCodes('uint8'))).toBe(255);
  });
});
