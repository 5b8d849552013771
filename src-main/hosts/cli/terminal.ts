import { resolve } from 'node:path';
import type { WriteStream } from 'node:tty';
import type { Progress } from '../../contract/jobs.ts';
import { progressLine } from './format.ts';

/** Between two lines where nothing can be overwritten (a log, a pipe). */
const LINE_EVERY_MS = 3000;

type Stream = Pick<WriteStream, 'write'> & { isTTY?: boolean; columns?: number };

/** Where a command's words go: results to stdout, everything else to stderr. */
export interface Terminal {
  /** Aborted by Ctrl-C and its like. */
  readonly signal: AbortSignal;
  result(text: string): void;
  note(text: string): void;
  /** One line that is overwritten, or a line every few seconds. */
  progress(progress: Progress): void;
  /** Absolute form of a path as the user typed it. */
  path(typed: string): string;
}

export function createTerminal(out: Stream, err: Stream, signal: AbortSignal): Terminal {
  let open = false;
  let last = Number.NEGATIVE_INFINITY;
  const closeLine = (): void => {
    if (open) err.write('\r\u001b[2K');
    open = false;
  };
  return {
    signal,
    result(text) {
      closeLine();
      out.write(`${text}\n`);
    },
    note(text) {
      closeLine();
      err.write(`${text}\n`);
    },
    progress(progress) {
      const line = progressLine(progress);
      if (err.isTTY) {
        err.write(`\r\u001b[2K${line.slice(0, (err.columns ?? 80) - 1)}`);
        open = true;
      } else if (performance.now() - last >= LINE_EVERY_MS) {
        last = performance.now();
        err.write(`${line}\n`);
      }
    },
    path: (typed) => resolve(startingFolder(), typed),
  };
}

/** `npm run calibrant` changes into the checkout before it starts; what the user types is relative to where they are. */
function startingFolder(): string {
  const { npm_lifecycle_event: script, INIT_CWD: typedIn } = process.env;
  return script === 'calibrant' && typedIn ? typedIn : process.cwd();
}
