import { expect, test } from 'vitest';
import { exitError } from '../../src-main/jobs/exit.ts';

/** What the platforms report; real processes are in supervise.test.ts, this is what cannot be provoked on this machine. */
test.each([
  [{ code: null, signal: 'SIGKILL', stderr: '' }, 'job-interrupted'],
  [{ code: null, signal: 'SIGTERM', stderr: '' }, 'job-interrupted'],
  [{ code: null, signal: 'SIGSEGV', stderr: '' }, 'runner-crashed'],
  [{ code: null, signal: 'SIGBUS', stderr: '' }, 'runner-crashed'],
  [{ code: null, signal: 'SIGABRT', stderr: 'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory' }, 'runner-out-of-memory'],
  [{ code: 134, signal: null, stderr: "terminate called after throwing an instance of 'std::bad_alloc'" }, 'runner-out-of-memory'],
  [{ code: 134, signal: null, stderr: '' }, 'runner-crashed'],
  [{ code: 0xc0000005, signal: null, stderr: '' }, 'runner-crashed'],
  [{ code: 1, signal: null, stderr: 'RangeError: Array buffer allocation failed' }, 'runner-out-of-memory'],
  [{ code: 0, signal: null, stderr: '' }, 'runner-crashed'],
])('%o is %s', (exit, code) => {
  expect(exitError(exit)).toMatchObject({ code, details: { exitCode: exit.code, signal: exit.signal } });
});
