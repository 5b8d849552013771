import { exitCodeOf, toErrorData } from '../contract/errors.ts';

/** The one line that a terminal shows for anything thrown, and the exit code that goes with it. */
export function failureOf(thrown: unknown): { line: string; exitCode: 1 | 2 } {
  const { code, message } = toErrorData(thrown);
  return { line: `calibrant: ${message} [${code}]`, exitCode: exitCodeOf(code) };
}
