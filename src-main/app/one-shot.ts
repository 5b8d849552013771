import type { Progress, ServiceCall, ServiceInput, ServiceOutput } from '../contract/jobs.ts';
import type { SpawnRunner } from '../contract/runner.ts';
import type { JobResult } from '../contract/jobs.ts';
import { createService } from '../jobs/service.ts';
import { superviseJob, type FinishingKind, type SpecOf } from '../jobs/supervise.ts';

export interface OnceHooks {
  onProgress?: (progress: Progress) => void;
  onLog?: (level: 'info' | 'warn', message: string) => void;
  signal?: AbortSignal;
}

/** One job without a project: what the terminal's commands are made of. Rejects like `superviseJob`. */
export function runOnce<K extends FinishingKind>(spawn: SpawnRunner, spec: SpecOf<K>, hooks: OnceHooks = {}): Promise<JobResult<K>> {
  return superviseJob(spawn, spec, {
    onProgress: hooks.onProgress ?? (() => undefined),
    onLog: hooks.onLog ?? (() => undefined),
    signal: hooks.signal ?? new AbortController().signal,
  });
}

/** One question to a runner of its own. */
export async function askOnce<K extends ServiceCall>(spawn: SpawnRunner, call: K, input: ServiceInput<K>): Promise<ServiceOutput<K>> {
  const service = createService(spawn, { idleMs: 0, timeoutMs: 120_000 });
  try {
    return await service.ask(call, input);
  } finally {
    service.close();
  }
}
