import { expect, it } from 'vitest';
import type { Problem } from '../../../src-main/contract/model.ts';
import { distinctProblems } from '../../../src-renderer/views/evidence/distinct-problems.ts';

const note = (message: string, more: Partial<Problem> = {}): Problem => ({ severity: 'note', code: 'data-unlabelled', message, ...more });

it('says once what two stages said, and keeps apart what is about something else', () => {
  const problems = [
    note('no mask'),
    note('no box'),
    note('no mask'),
    note('no mask', { node: 'a' }),
    note('no mask', { tensor: 'a' }),
    note('no mask', { code: 'x' }),
  ];
  expect(distinctProblems(problems)).toEqual(problems.filter((_, i) => i !== 2));
});
