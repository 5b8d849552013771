import { fork } from 'node:child_process';
import { resolve } from 'node:path';
import type { Page as BrowserPage } from '@playwright/test';
import { build, type Rollup } from 'vite';
import { decodeFrame, encodeFrame } from '../../../src-main/contract/wire.ts';
import { ORIGIN, type FromElectron, type Page, type ToElectron } from './messages.ts';

export interface BridgeHost {
  /** Where a page that was attached finds the window. */
  readonly url: string;
  readonly pid: number;
  /** Gives the page the real preload and answers its requests as Electron would; before its first navigation. */
  attach(page: BrowserPage): Promise<void>;
  /** What the next native dialogs return; null dismisses them. */
  choose(path: string | null): Promise<void>;
  close(): Promise<void>;
  /** SIGKILL, and waits until it is gone. */
  kill(): Promise<void>;
}

type Without<T> = T extends unknown ? Omit<T, 'id'> : never;

/** The desktop host on a data folder, without Electron's binary: see electron-process.ts for what is real. Needs a built window. */
export async function launchBridge(home: string): Promise<BridgeHost> {
  const preload = await bundlePreload();
  const child = fork(resolve(import.meta.dirname, 'electron-process.ts'), [], {
    serialization: 'advanced',
    env: { ...process.env, CALIBRANT_HOME: home },
    execArgv: [],
  });
  const exited = new Promise<void>((done) => child.once('exit', () => done()));
  const pages = new Set<BrowserPage>();
  const waiting = new Map<number, { done: (value: unknown) => void; fail: (error: Error) => void }>();
  let lastId = 0;
  const ask = (message: Without<ToElectron>): Promise<unknown> =>
    new Promise((done, fail) => {
      // A page that outlives its host asks nobody.
      if (!child.connected) return fail(new Error('the desktop host is gone'));
      const id = ++lastId;
      waiting.set(id, { done, fail });
      child.send({ ...message, id });
    });

  await new Promise<void>((opened, fail) => {
    void exited.then(() => fail(new Error('the desktop host ended before it opened its window')));
    child.on('message', (message: FromElectron) => {
      if (message.type === 'opened') opened();
      if (message.type === 'cannot-start') fail(new Error(message.message));
      if (message.type === 'reply') waiting.get(message.id)?.done(message.value);
      if (message.type === 'failed') waiting.get(message.id)?.fail(new Error(message.message));
      if (message.type === 'event') for (const page of pages) void sendEvent(page, message.channel, message.args);
    });
  });

  return {
    url: `${ORIGIN}/`,
    pid: child.pid ?? -1,
    async attach(page) {
      await page.exposeBinding('calibrantInvoke', async ({ frame }, text: string) => {
        const [channel, args] = decodeFrame(Buffer.from(text, 'base64')) as [string, unknown[]];
        const url = frame.url().replace(ORIGIN, 'calibrant://window');
        return toText(await ask({ type: 'invoke', channel, args, url, isMainFrame: frame.parentFrame() === null }));
      });
      await page.addInitScript(preload);
      await page.route('**/*', async (route) => {
        const request = route.request();
        const { origin, pathname, search } = new URL(request.url());
        // lockSession: no network.
        if (origin !== ORIGIN) return route.abort('blockedbyclient');
        const { status, headers, body } = (await ask({ type: 'page', method: request.method(), path: pathname + search })) as Page;
        return route.fulfill({ status, headers, body: Buffer.from(body) });
      });
      pages.add(page);
      page.once('close', () => pages.delete(page));
    },
    choose: async (path) => void (await ask({ type: 'choose', path })),
    async close() {
      if (child.connected) child.send({ type: 'quit', id: 0 });
      await exited;
    },
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

const toText = (value: unknown): string => Buffer.from(encodeFrame(value)).toString('base64');

async function sendEvent(page: BrowserPage, channel: string, args: unknown[]): Promise<void> {
  type TestWindow = { calibrantEvent?(frame: string): void };
  // A page that is just going away misses events as a window would.
  await page.evaluate((frame) => (globalThis as TestWindow).calibrantEvent?.(frame), toText([channel, args])).catch(() => undefined);
}

/** The real preload.ts as one script, with Electron's renderer modules played by page-electron.ts. */
async function bundlePreload(): Promise<string> {
  const output = (await build({
    configFile: false,
    logLevel: 'warn',
    publicDir: false,
    resolve: { alias: { electron: resolve(import.meta.dirname, 'page-electron.ts') } },
    build: {
      write: false,
      minify: false,
      lib: { entry: resolve(import.meta.dirname, '../../../src-main/hosts/desktop/preload.ts'), formats: ['iife'], name: 'preload' },
    },
  })) as Rollup.RollupOutput[];
  const chunk = output[0]?.output[0];
  if (!chunk) throw new Error('the preload was not bundled');
  return chunk.code;
}
