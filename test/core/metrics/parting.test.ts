import { describe, expect, it } from 'vitest';
import { nearestBefore, partingPoint } from '../../../src-main/core/metrics/parting.ts';
import { modelOf, node } from '../quant/build.ts';

/** A tensor for each level, named t0, t1, … */
const path = (...decibels: (number | null)[]) => decibels.map((sqnrDb, i) => ({ tensor: `t${i}`, node: `n${i}`, op: 'Conv', sqnrDb }));
const chain = (length: number) => new Map(Array.from({ length }, (_, i) => [`t${i}`, i === 0 ? [] : [`t${i - 1}`]]));

describe('the place where two models part', () => {
  it('is the first tensor below 10 dB, though later ones are worse', () => {
    expect(partingPoint(path(45, 31, 9.5, 2), chain(4))).toEqual({ tensor: 't2', node: 'n2', why: '9.5 dB, the first tensor below 10 dB' });
    expect(partingPoint(path(45, 10), chain(2))?.why).toContain('steepest fall');
  });

  it('is the steepest fall where all stay above that', () => {
    expect(partingPoint(path(45, 40, 22, 18), chain(4))).toMatchObject({
      tensor: 't2',
      why: '22.0 dB, 18.0 dB below what it is computed from: the steepest fall',
    });
  });

  it('measures a fall from the worst input, so that a tensor is not blamed for what it got', () => {
    // t3 adds t1 (24 dB) and t2 (41 dB): it loses 1 dB, and t1 lost 20.
    const before = new Map([...chain(3), ['t2', ['t0']], ['t3', ['t1', 't2']]] as [string, string[]][]);
    expect(partingPoint(path(44, 24, 41, 23), before)?.tensor).toBe('t1');
  });

  it('is nowhere while all stay above 30 dB or are without error', () => {
    expect(partingPoint(path(45, 30, null), chain(3))).toBeNull();
    expect(partingPoint(path(null, null), chain(2))).toBeNull();
    expect(partingPoint([], new Map())).toBeNull();
  });

  it('falls from no error at all', () => {
    expect(partingPoint(path(null, 25, 20), chain(3))?.tensor).toBe('t1');
  });
});

describe('the nearest compared tensors before each', () => {
  it('are found through tensors that are not compared', () => {
    const { graph } = modelOf({
      inputs: { x: [1, 4] },
      outputs: { out: [1, 4] },
      nodes: [node('Relu', ['x'], ['a']), node('Neg', ['a'], ['hidden']), node('Abs', ['hidden'], ['b']), node('Add', ['b', 'hidden'], ['out'])],
    });
    expect([...nearestBefore(graph, ['x', 'a', 'b', 'out'])]).toEqual([
      ['x', []],
      ['a', ['x']],
      ['b', ['a']],
      ['out', ['b', 'a']],
    ]);
  });
});
