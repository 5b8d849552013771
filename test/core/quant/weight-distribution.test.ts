import { describe, expect, it } from 'vitest';
import type { PlannedWeight, Scheme } from '../../../src-main/core/quant/types.ts';
import { weightDistribution } from '../../../src-main/core/quant/weight-distribution.ts';
import { constant } from './build.ts';

const planned = (scheme: Partial<Scheme>, channelAxis: number | null = 0): PlannedWeight => ({
  name: 'w',
  scheme: { type: 'int8', symmetric: true, axis: null, codes: 'restricted', blockSize: null, ...scheme },
  nodes: ['conv'],
  channelAxis,
  given: null,
});
// One channel a hundred times as wide as the other.
const weight = constant('w', [2, 3], [0, 0.5, -1, 100, 0, -50]);

describe('the distribution of a weight', () => {
  it('has ranges by channel, whatever the scheme', () => {
    for (const axis of [null, 0]) {
      expect(weightDistribution(weight, planned({ axis }), false)).toMatchObject({ dims: [2, 3], channelAxis: 0, min: [-1, -50], max: [0.5, 100] });
    }
    expect(weightDistribution(weight, planned({}, null), false)).toMatchObject({ channelAxis: null, min: [-50], max: [100] });
  });

  it('knows what one scale for all channels does to the small one', () => {
    // Scale 100/127: 0.5 is 0.6 of a step and −1 is 1.3, so codes are 0, 1, −1, 127, 0 and −63 or −64.
    expect(weightDistribution(weight, planned({}), false)).toMatchObject({ levels: 256, deadLevels: 256 - 5, zeroShare: (100 * 2) / 6 });
    // Scales 1/127 and 100/127: 0, 63 or 64, −127; 127, 0, −63 or −64: no two alike but the zeros.
    expect(weightDistribution(weight, planned({ axis: 0 }), false)).toMatchObject({ deadLevels: 256 - 5, zeroShare: (100 * 2) / 6 });
  });

  it('counts levels of 4 bits, and shares that become zero', () => {
    // Scale 100/7: all of the small channel is zero.
    expect(weightDistribution(weight, planned({ type: 'int4' }), false)).toMatchObject({ levels: 16, deadLevels: 16 - 3, zeroShare: (100 * 4) / 6 });
  });

  it('has bins of one width from the least to the greatest value', () => {
    const { start, width, counts } = weightDistribution(weight, planned({}), false).histogram;
    expect([start, start + width * counts.length]).toEqual([-50, 100]);
    expect([counts[0], counts.at(-1), counts.reduce((a, b) => a + b, 0)]).toEqual([1, 1, 6]);
    const same = weightDistribution(constant('w', [2, 2], [3, 3, 3, 3]), planned({}), false).histogram;
    expect([same.start, [...same.counts]]).toEqual([3, [4]]);
    expect(same.width).toBeGreaterThan(0);
  });

  it('has no levels in half precision', () => {
    expect(weightDistribution(weight, null, false)).toMatchObject({ deadLevels: null, levels: null, zeroShare: (100 * 2) / 6 });
  });
});
