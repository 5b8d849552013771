import { describe, expect, it } from 'vitest';
import { niceTicks, tickText } from '../../../src-renderer/charts/use-chart.ts';

describe('ticks of a value axis', () => {
  it('are round and inside', () => {
    expect(niceTicks(-7.7, 45.3, 3)).toEqual([0, 20, 40]);
    expect(niceTicks(0, 6, 6)).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });
  it('never exceed the count by more than the two ends', () => {
    for (const [min, max] of [[-1, 1], [0.001, 0.0042], [-3e6, 7e6]] as const) expect(niceTicks(min, max, 8).length).toBeLessThanOrEqual(9); // prettier-ignore
  });
  it('are none on an empty axis', () => expect(niceTicks(2, 2, 5)).toEqual([]));
  it('are written without digits that say nothing', () => {
    expect(tickText(0.30000000000000004)).toBe('0.3');
    expect(tickText(-20)).toBe('−20');
  });
});
