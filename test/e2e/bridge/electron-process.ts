import { fork } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { constants } from 'node:os';
import { registerHooks } from 'node:module';
import { pathToFileURL } from 'node:url';
import { resolve } from 'node:path';
import type { FromElectron, ToElectron } from './messages.ts';

/**
 * The desktop host as it is started by Electron, in a process of its own: the real composition root, protocol, IPC, grants and dialogs. Only the module
 * `electron` is the fake one, and its utility processes are forked by Node.
 */
const fakeUrl = pathToFileURL(resolve(import.meta.dirname, '../../fakes/electron.ts')).href;
registerHooks({
  resolve: (name, context, next) => (name === 'electron' ? { url: fakeUrl, format: 'module-typescript', shortCircuit: true } : next(name, context)),
});
const fake = (await import(fakeUrl)) as typeof import('../../fakes/electron.ts');

const tell = (message: FromElectron): void => void process.send?.(message);

fake.forks.make = (entry, options) => {
  const env = options?.env as NodeJS.ProcessEnv | undefined;
  const child = fork(entry, [], { serialization: 'advanced', stdio: ['ignore', 'ignore', 'pipe', 'ipc'], ...(env ? { env } : {}) });
  const played = Object.assign(new EventEmitter(), {
    pid: child.pid,
    stderr: child.stderr,
    postMessage: (message: unknown) => void (child.connected && child.send(message as object, () => undefined)),
    kill: () => child.kill(),
  });
  child.on('message', (message) => played.emit('message', message));
  // As Electron has it from waitpid: the exit code, or the signal's number.
  child.on('close', (code, signal) => played.emit('exit', code ?? constants.signals[signal ?? 'SIGKILL']));
  return played;
};

fake.remote.onEvent = (channel, args) => tell({ type: 'event', channel, args });
fake.remote.onLoad = (url) => tell({ type: 'opened', url });
fake.dialog.showErrorBox = (_title, message) => tell({ type: 'cannot-start', message });

async function handle(message: ToElectron): Promise<unknown> {
  switch (message.type) {
    case 'invoke':
      fake.sender.frame = { url: message.url, parent: message.isMainFrame ? null : ({} as never) };
      return fake.ipcRenderer.invoke(message.channel, ...message.args);
    case 'page': {
      const respond = fake.schemes.handled.get('calibrant');
      const response = await respond?.(new Request(`calibrant://window${message.path}`, { method: message.method }));
      if (!response) throw new Error('no window yet');
      return { status: response.status, headers: Object.fromEntries(response.headers), body: new Uint8Array(await response.arrayBuffer()) };
    }
    case 'choose':
      fake.dialogs.answer = { canceled: message.path === null, filePaths: message.path === null ? [] : [message.path] };
      return null;
    case 'quit':
      fake.app.once('quit', () => process.exit(0));
      fake.app.quit();
      return null;
  }
}

process.on('message', (message: ToElectron) => {
  handle(message).then(
    (value) => tell({ type: 'reply', id: message.id, value }),
    (thrown: unknown) => tell({ type: 'failed', id: message.id, message: String(thrown) }),
  );
});
process.on('disconnect', () => process.exit(0));

await import('../../../src-main/hosts/desktop/main.ts');
