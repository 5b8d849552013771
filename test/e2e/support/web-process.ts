import { spawn } from 'node:child_process';
import { resolve } from 'node:path';

export interface WebProcess {
  pid: number;
  /** The one-time link that it printed. */
  link: string;
  /** SIGTERM, and waits until it is gone. */
  stop(): Promise<void>;
  /** SIGKILL, and waits until it is gone. */
  kill(): Promise<void>;
}

const root = resolve(import.meta.dirname, '../../..');

/** The web host as `calibrant serve` starts it, in a process of its own, on a data folder of the caller. */
export function startWebProcess(home: string, roots: string[] = []): Promise<WebProcess> {
  const args = ['--home', home, ...roots.flatMap((folder) => ['--root', folder])];
  const child = spawn(process.execPath, [resolve(root, 'src-main/hosts/web/main.ts'), ...args], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  // A test that fails in the middle takes its host along.
  const abandon = (): void => void child.kill('SIGKILL');
  process.once('exit', abandon);
  const gone = new Promise<void>((done) => child.once('close', () => done()));
  void gone.then(() => process.off('exit', abandon));
  const end = (signal: NodeJS.Signals) => async () => {
    child.kill(signal);
    await gone;
  };
  return new Promise((started, failed) => {
    let output = '';
    const read = (chunk: Buffer): void => {
      output += chunk.toString();
      const link = /http:\/\/\S+/.exec(output)?.[0];
      if (link) started({ pid: child.pid ?? -1, link, stop: end('SIGTERM'), kill: end('SIGKILL') });
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    void gone.then(() => failed(new Error(`The web host ended before it printed its link: ${output}`)));
  });
}
