import { spawn } from 'node:child_process';
import { join, resolve } from 'node:path';

export const ROOT = resolve(import.meta.dirname, '../../..');

export interface Finished {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** The command line as a script runs it: a process of its own. */
export function calibrant(args: string[], options: { cwd?: string; env?: NodeJS.ProcessEnv; interruptAfterMs?: number } = {}): Promise<Finished> {
  return new Promise((done) => {
    const child = spawn(process.execPath, [join(ROOT, 'src-main/hosts/cli/calibrant.js'), ...args], {
      cwd: options.cwd ?? ROOT,
      env: { ...process.env, npm_lifecycle_event: '', ...options.env },
    });
    const finished: Finished = { code: null, stdout: '', stderr: '' };
    child.stdout.on('data', (data) => (finished.stdout += String(data)));
    child.stderr.on('data', (data) => (finished.stderr += String(data)));
    if (options.interruptAfterMs !== undefined) setTimeout(() => child.kill('SIGINT'), options.interruptAfterMs);
    child.on('close', (code) => done({ ...finished, code }));
  });
}
