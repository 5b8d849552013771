import { fork } from 'node:child_process';
import type { SpawnRunner } from '../contract/runner.ts';

const STDERR_KEPT = 4096;

/** Variables that make a Node process load foreign code or behave as another program. */
const FOREIGN = /^(NODE_OPTIONS|NODE_PATH|NODE_V8_COVERAGE|NODE_REPL_.*|ELECTRON_.*|LD_PRELOAD|LD_AUDIT|DYLD_.*|VITEST.*)$/i;

/** The environment without what would leak into a runner. */
export function cleanEnvironment(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !FOREIGN.test(name)));
}

/** Runners as children of this Node process. `entry` is the absolute path of the runner's main module. */
export function forkRunner(entry: string): SpawnRunner {
  return () => {
    const child = fork(entry, [], {
      execPath: process.execPath,
      // Flags such as --inspect would make parent and child fight for one port.
      execArgv: [],
      env: cleanEnvironment(process.env),
      // Structured clone: typed arrays cross without becoming objects.
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    let stderr = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(-STDERR_KEPT);
    });
    return {
      pid: child.pid,
      send: (message) => {
        // A message to a process that is just ending is lost either way; its exit tells the story.
        if (child.connected) child.send(message, () => undefined);
      },
      onMessage: (listener) => void child.on('message', listener),
      onExit: (listener) => {
        let told = false;
        const tell = (code: number | null, signal: string | null): void => {
          if (!told) listener({ code, signal, stderr });
          told = true;
        };
        // `close` comes after stderr has been read to its end; `error` instead of both when the process could not be started.
        child.on('close', tell);
        child.on('error', (error) => {
          stderr = (stderr + error.message).slice(-STDERR_KEPT);
          if (child.pid === undefined) tell(null, null);
        });
      },
      kill: () => void child.kill('SIGKILL'),
    };
  };
}
