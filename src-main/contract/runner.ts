import type { FromRunner, ToRunner } from './jobs.ts';

/** A runner process as its host holds it: `child_process.fork` in Node, `utilityProcess.fork` in Electron. */
export interface RunnerProcess {
  readonly pid: number | undefined;
  send(message: ToRunner): void;
  /** Messages are raw: whoever listens checks them against FromRunnerSchema. */
  onMessage(listener: (message: FromRunner | unknown) => void): void;
  /** Once, however it ended. `signal` is null where the platform does not tell. */
  onExit(listener: (exit: { code: number | null; signal: string | null }) => void): void;
  /** Immediate and certain (SIGKILL or its like). */
  kill(): void;
}

export type SpawnRunner = () => RunnerProcess;
