import type { utilityProcess } from 'electron';
import { cleanEnvironment } from '../../app/index.ts';
import type { SpawnRunner } from '../../contract/runner.ts';

const STDERR_KEPT = 4096;

/** Electron hands on what waitpid says, in which a signal is its number. Of these two the runner makes no exit code of its own. */
const ENDED_BY: Record<number, NodeJS.Signals> = { 9: 'SIGKILL', 15: 'SIGTERM' };

/** Runners as Electron's utility processes: with the RunAsNode fuse off, a packaged Electron cannot fork itself as Node. */
export function utilityRunner(processes: Pick<typeof utilityProcess, 'fork'>, entry: string): SpawnRunner {
  return () => {
    const child = processes.fork(entry, [], {
      serviceName: 'Calibrant runner',
      stdio: ['ignore', 'ignore', 'pipe'],
      env: definedOnly(cleanEnvironment(process.env)),
    });
    let stderr = '';
    child.stderr?.on('data', (text: Buffer) => {
      stderr = (stderr + text.toString('utf8')).slice(-STDERR_KEPT);
    });
    return {
      get pid() {
        return child.pid;
      },
      send: (message) => child.postMessage(message),
      onMessage: (listener) => void child.on('message', listener),
      onExit: (listener) => void child.once('exit', (code) => listener({ code, signal: ENDED_BY[code] ?? null, stderr })),
      kill() {
        // Electron's own kill() is a SIGTERM, which native code in the middle of an inference does not hear.
        if (child.pid === undefined) child.kill();
        else killNow(child.pid);
      },
    };
  };
}

function killNow(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has just ended by itself.
  }
}

function definedOnly(environment: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(Object.entries(environment).filter((entry): entry is [string, string] => entry[1] !== undefined));
}
