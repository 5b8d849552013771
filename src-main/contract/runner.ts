import type { FromRunner, ToRunner } from './jobs.ts';

export interface RunnerExit {
  code: number | null;
  /** null where the platform does not tell. */
  signal: string | null;
  /** The end of what it wrote to stderr, for "copy details". */
  stderr: string;
}

/** A runner process as its host holds it: `child_process.fork` in Node, `utilityProcess.fork` in Electron. */
export interface RunnerProcess {
  readonly pid: number | undefined;
  send(message: ToRunner): void;
  /** Messages are raw: whoever listens checks them against FromRunnerSchema. */
  onMessage(listener: (message: FromRunner | unknown) => void): void;
  /** Once, however it ended. */
  onExit(listener: (exit: RunnerExit) => void): void;
  /** Immediate and certain (SIGKILL or its like). */
  kill(): void;
}

export type SpawnRunner = () => RunnerProcess;
