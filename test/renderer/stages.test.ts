import { describe, expect, it } from 'vitest';
import type { Progress } from '../../src-main/contract/jobs.ts';
import { elapsed, stepsOf } from '../../src-renderer/views/run/stages.ts';

const progress: Progress = { stage: 'emit', stages: ['load', 'statistics', 'emit', 'verify'], done: 1, total: 2, rate: null, secondsLeft: null };
const states = (state: Parameters<typeof stepsOf>[0]['state']): string[] => stepsOf({ state, progress }).map((step) => step.state);

describe('the stages of a job', () => {
  it('are done before the current one and waiting after it', () => expect(states('running')).toEqual(['done', 'done', 'current', 'waiting']));
  it('are all done when the job is, although the last report came earlier', () => expect(states('done')).toEqual(['done', 'done', 'done', 'done']));
  it.each(['failed', 'cancelled', 'interrupted'] as const)('show where a job that %s stopped', (state) =>
    expect(states(state)).toEqual(['done', 'done', 'stopped', 'waiting']),
  );
  it('are none before the first report', () => expect(stepsOf({ state: 'running', progress: null })).toEqual([]));
});

it('counts the time until the end, or until now', () => {
  const startedAt = '2026-11-20T10:00:00Z';
  expect(elapsed({ startedAt, finishedAt: '2026-11-20T10:01:05Z' }, 0)).toBe(65);
  expect(elapsed({ startedAt, finishedAt: null }, Date.parse('2026-11-20T10:00:07Z'))).toBe(7);
  expect(elapsed({ startedAt: null, finishedAt: null }, 0)).toBeNull();
});
