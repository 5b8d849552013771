import { fork } from 'node:child_process';
import { platform } from 'node:os';
import * as v from 'valibot';

export interface FreshTask {
  /** Of the model file. */
  path: string;
  /** Of the input tensor; its type is the file's. */
  dims: readonly number[];
}

const FreshSchema = v.object({
  /** From the file to a session that can run. */
  loadMs: v.number(),
  /** Highest resident memory of loading and the first runs, above what the process had before. */
  peakBytes: v.number(),
});
export type Fresh = v.InferOutput<typeof FreshSchema>;

const PATIENCE_MS = 20_000;

/**
 * What loading a model costs a process that has loaded none: in one that has, memory that was freed and not given back hides it (36 kB instead of 28 MB were
 * seen). Only Linux tells the peak of a while, and a packaged Electron cannot start itself as Node: null then, and when the model cannot be run there.
 */
export async function measureFresh(task: FreshTask, signal: AbortSignal): Promise<Fresh | null> {
  if (platform() !== 'linux' || process.versions['electron'] !== undefined) return null;
  const child = fork(new URL('./fresh-process-main.ts', import.meta.url), [], {
    execArgv: [],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    timeout: PATIENCE_MS,
    killSignal: 'SIGKILL',
  });
  const end = (): void => void child.kill('SIGKILL');
  signal.addEventListener('abort', end);
  try {
    const answer = await new Promise<unknown>((resolve) => {
      child.on('message', resolve);
      child.on('error', () => resolve(null));
      child.on('exit', () => resolve(null));
      child.send(task, () => undefined);
    });
    return v.is(FreshSchema, answer) ? answer : null;
  } finally {
    signal.removeEventListener('abort', end);
    end();
  }
}
