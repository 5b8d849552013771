import { EventEmitter } from 'node:events';
import type * as Electron from 'electron';

/**
 * Electron without its binary, for the real preload, IPC and security code. Everything is typed against electron.d.ts, so it cannot offer what Electron does
 * not have; every message is structured-cloned, so what would fail to cross the processes fails here too.
 */

type InvokeHandler = (event: Electron.IpcMainInvokeEvent, ...args: unknown[]) => unknown;
type RendererListener = (event: Electron.IpcRendererEvent, ...args: unknown[]) => void;

const handlers = new Map<string, InvokeHandler>();
const rendererListeners = new Map<string, Set<RendererListener>>();
/** For the end-to-end tests, whose renderer is a real browser elsewhere. */
export const remote = {
  onEvent(_channel: string, _args: unknown[]): void {},
  onLoad(_url: string): void {},
};

/** Who seems to be calling; a test changes it to play a stranger. */
export const sender: { frame: Pick<Electron.WebFrameMain, 'url' | 'parent'> | null } = { frame: { url: 'calibrant://window/', parent: null } };
/** A reload or crash of the host's end: every call that is under way is never answered. */
export const breakCalls = new EventEmitter().setMaxListeners(0);

export const ipcMain = {
  handle(channel, listener) {
    if (handlers.has(channel)) throw new Error(`Attempted to register a second handler for '${channel}'`);
    handlers.set(channel, listener as InvokeHandler);
  },
} satisfies Pick<Electron.IpcMain, 'handle'>;

export const ipcRenderer = {
  async invoke(channel: string, ...args: unknown[]): Promise<unknown> {
    const handler = handlers.get(channel);
    if (!handler) throw new Error(`No handler registered for '${channel}'`);
    const event = { senderFrame: sender.frame } as Electron.IpcMainInvokeEvent;
    const broken = new Promise<never>((_, fail) =>
      breakCalls.once('break', () => fail(new Error(`Error invoking remote method '${channel}': reply was never sent`))),
    );
    return structuredClone(await Promise.race([handler(event, ...structuredClone(args)), broken]));
  },
  on(channel: string, listener: RendererListener): Electron.IpcRenderer {
    rendererListeners.set(channel, (rendererListeners.get(channel) ?? new Set()).add(listener));
    return ipcRenderer as unknown as Electron.IpcRenderer;
  },
  off(channel: string, listener: RendererListener): Electron.IpcRenderer {
    rendererListeners.get(channel)?.delete(listener);
    return ipcRenderer as unknown as Electron.IpcRenderer;
  },
} satisfies Pick<Electron.IpcRenderer, 'invoke' | 'on' | 'off'>;

/** The page's world: what the preload exposed. */
export const exposed: Record<string, unknown> = {};

export const contextBridge = {
  exposeInMainWorld(key, api: unknown) {
    exposed[key] = api;
  },
} satisfies Pick<Electron.ContextBridge, 'exposeInMainWorld'>;

export const webUtils = {
  // A dropped File knows its path only in a real browser process; here the name stands for it.
  getPathForFile: (file) => (file.name.startsWith('/') ? file.name : ''),
} satisfies Electron.WebUtils;

class FakeWebContents extends EventEmitter {
  openHandler: Parameters<Electron.WebContents['setWindowOpenHandler']>[0] | null = null;
  destroyed = false;

  send(channel: string, ...args: unknown[]): void {
    const cloned = structuredClone(args);
    remote.onEvent(channel, cloned);
    for (const listener of rendererListeners.get(channel) ?? []) listener({} as Electron.IpcRendererEvent, ...cloned);
  }

  isDestroyed(): boolean {
    return this.destroyed;
  }

  setWindowOpenHandler(handler: Parameters<Electron.WebContents['setWindowOpenHandler']>[0]): void {
    this.openHandler = handler;
  }
}

export class BrowserWindow extends EventEmitter {
  static readonly opened: BrowserWindow[] = [];
  readonly webContents = new FakeWebContents();
  readonly options: Electron.BrowserWindowConstructorOptions;
  url = '';
  shown = false;

  constructor(options: Electron.BrowserWindowConstructorOptions) {
    super();
    this.options = options;
    BrowserWindow.opened.push(this);
    app.emit('web-contents-created', {}, this.webContents);
  }

  loadURL(url: string): Promise<void> {
    this.url = url;
    remote.onLoad(url);
    this.emit('ready-to-show');
    return Promise.resolve();
  }

  show(): void {
    this.shown = true;
  }
  isMinimized = (): boolean => false;
  restore = (): void => undefined;
  focus = (): void => undefined;
}
BrowserWindow satisfies new (options: Electron.BrowserWindowConstructorOptions) => {
  [K in 'show' | 'isMinimized' | 'restore' | 'focus']: Electron.BrowserWindow[K];
};

class FakeApp extends EventEmitter {
  isPackaged = false;
  hasQuit = false;
  exitCode: number | null = null;
  isFirstInstance = true;

  whenReady = (): Promise<void> => Promise.resolve();
  requestSingleInstanceLock = (): boolean => this.isFirstInstance;
  quit = (): void => {
    let prevented = false;
    this.emit('before-quit', { preventDefault: () => (prevented = true) });
    if (prevented) return;
    this.hasQuit = true;
    this.emit('quit');
  };
  exit = (code?: number): void => {
    this.exitCode = code ?? 0;
  };
}
export const app = new FakeApp() satisfies { [K in 'isPackaged' | 'whenReady' | 'requestSingleInstanceLock' | 'quit' | 'exit']: Electron.App[K] };

type Handler<K extends keyof Electron.Session> = Electron.Session[K] extends (handler: infer H) => unknown ? H : never;

class FakeSession {
  permissionRequest: Handler<'setPermissionRequestHandler'> = null;
  permissionCheck: Handler<'setPermissionCheckHandler'> = null;
  device: Handler<'setDevicePermissionHandler'> = null;
  blocked: string[] = [];
  spellChecker = true;
  proxy: Electron.ProxyConfig | null = null;

  setPermissionRequestHandler = (handler: typeof this.permissionRequest): void => void (this.permissionRequest = handler);
  setPermissionCheckHandler = (handler: typeof this.permissionCheck): void => void (this.permissionCheck = handler);
  setDevicePermissionHandler = (handler: typeof this.device): void => void (this.device = handler);
  setSpellCheckerEnabled = (enable: boolean): void => void (this.spellChecker = enable);
  setProxy = (config: Electron.ProxyConfig): Promise<void> => {
    this.proxy = config;
    return Promise.resolve();
  };
  webRequest = {
    onBeforeRequest: (
      filter: Electron.WebRequestFilter,
      listener: (details: Electron.OnBeforeRequestListenerDetails, callback: (response: Electron.CallbackResponse) => void) => void,
    ): void => {
      listener({} as Electron.OnBeforeRequestListenerDetails, ({ cancel }) => {
        if (cancel) this.blocked = filter.urls;
      });
    },
  };
}
const fakeSession = new FakeSession();
export const session = { defaultSession: fakeSession };
fakeSession satisfies {
  [
    K in 'setPermissionRequestHandler' | 'setPermissionCheckHandler' | 'setDevicePermissionHandler' | 'setSpellCheckerEnabled' | 'setProxy'
  ]: Electron.Session[K];
};

export const schemes = { privileged: [] as Electron.CustomScheme[], handled: new Map<string, (request: Request) => Response | Promise<Response>>() };
export const protocol = {
  registerSchemesAsPrivileged: (list) => void (schemes.privileged = list),
  handle: (scheme, handler) => void schemes.handled.set(scheme, handler as (request: Request) => Response),
} satisfies Pick<Electron.Protocol, 'registerSchemesAsPrivileged' | 'handle'>;

export const dialogs = { answer: { canceled: true, filePaths: [] as string[] }, errors: [] as string[], asked: [] as unknown[] };
export const dialog = {
  showOpenDialog: (...args: unknown[]) => {
    dialogs.asked.push(args.at(-1));
    return Promise.resolve(dialogs.answer);
  },
  showErrorBox(_title: string, content: string): void {
    dialogs.errors.push(content);
  },
} satisfies Pick<Electron.Dialog, 'showOpenDialog' | 'showErrorBox'>;

class FakeUtilityProcess extends EventEmitter {
  pid: number | undefined;
  readonly stderr = new EventEmitter();
  readonly sent: unknown[] = [];
  killed = false;
  readonly entry: string;
  readonly options: Electron.ForkOptions | undefined;

  constructor(entry: string, options?: Electron.ForkOptions) {
    super();
    this.entry = entry;
    this.options = options;
  }
  postMessage = (message: unknown): void => void this.sent.push(structuredClone(message));
  kill = (): boolean => (this.killed = true);
}
export const forked: FakeUtilityProcess[] = [];
/** What a fork is; the end-to-end tests replace it by a real process. */
export const forks = {
  make(entry: string, options?: Electron.ForkOptions): EventEmitter {
    const child = new FakeUtilityProcess(entry, options);
    forked.push(child);
    return child;
  },
};
export const utilityProcess = {
  fork: (entry: string, _args?: string[], options?: Electron.ForkOptions) => forks.make(entry, options) as Electron.UtilityProcess,
} satisfies Pick<typeof Electron.utilityProcess, 'fork'>;

/** As after the start of the process. */
export function resetIpc(): void {
  handlers.clear();
  rendererListeners.clear();
  sender.frame = { url: 'calibrant://window/', parent: null };
}
