import { CalibrantError } from '../contract/errors.ts';
import type { RunnerExit } from '../contract/runner.ts';

/** V8 and the C++ runtime say so on stderr before they abort; ONNX Runtime passes the allocator's words on. */
const OUT_OF_MEMORY = /heap out of memory|std::bad_alloc|failed to allocate memory|cannot allocate memory|array buffer allocation failed/i;

/** Signals that come from people, shells and the kernel's memory guard, never from the runner itself. */
const FROM_OUTSIDE = new Set(['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGSTOP']);

/** Why a runner ended without an answer, as an error for the user. */
export function exitError(exit: RunnerExit): CalibrantError {
  const details = { exitCode: exit.code, signal: exit.signal, stderr: exit.stderr };
  if (exit.signal !== null && FROM_OUTSIDE.has(exit.signal)) {
    return new CalibrantError(
      'job-interrupted',
      `The job's process was killed from outside (${exit.signal}) – by a person, or by the system because memory ran short; nothing half-done was kept, start it again.`,
      details,
    );
  }
  if (OUT_OF_MEMORY.test(exit.stderr)) {
    return new CalibrantError(
      'runner-out-of-memory',
      "The job's process ran out of memory; close other programs or use a smaller model, and start it again.",
      details,
    );
  }
  const how = exit.signal ?? `exit code ${exit.code ?? 'unknown'}`;
  return new CalibrantError(
    'runner-crashed',
    `The job's process crashed (${how}) before it had a result; nothing half-done was kept. Start it again, and report it with the details if it happens twice.`,
    details,
  );
}
