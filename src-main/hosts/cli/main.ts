import { constants } from 'node:os';
import { run } from './program.ts';
import { createTerminal } from './terminal.ts';

const stop = new AbortController();
let exitCode: number | null = null;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    // A second Ctrl-C does not wait for the job to end cleanly.
    if (exitCode !== null) process.exit(exitCode);
    exitCode = 128 + constants.signals[signal];
    stop.abort();
  });
}
// A reader that has seen enough ("| head") is no failure.
process.stdout.on('error', () => process.exit(0));

const outcome = await run(process.argv.slice(2), createTerminal(process.stdout, process.stderr, stop.signal));
// A question that was given up may still be worked on; its process ends with this one.
if (outcome !== 0 && exitCode !== null) process.exit(exitCode);
process.exitCode = outcome;
