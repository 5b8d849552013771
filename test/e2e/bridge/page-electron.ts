import type { IpcRenderer, WebUtils } from 'electron';
import { decodeFrame, encodeFrame } from '../../../src-main/contract/wire.ts';

/** Electron's renderer modules as the preload sees them, over a binding of the test browser, which can carry text only. */
interface TestWindow {
  calibrantInvoke(frame: string): Promise<string>;
  calibrantEvent(frame: string): void;
  /** Name of a dropped file → its path: what a real browser process would know. */
  calibrantPaths?: Record<string, string>;
}
const test = globalThis as unknown as TestWindow;
const listeners = new Map<string, Set<(...args: unknown[]) => void>>();

const toText = (value: unknown): string => {
  // Electron clones what crosses; what cannot be cloned has to fail here too.
  const bytes = encodeFrame(structuredClone(value));
  let text = '';
  for (let from = 0; from < bytes.length; from += 0x8000) text += String.fromCharCode(...bytes.subarray(from, from + 0x8000));
  return btoa(text);
};
const fromText = (text: string): unknown => decodeFrame(Uint8Array.from(atob(text), (char) => char.charCodeAt(0)));

test.calibrantEvent = (frame) => {
  const [channel, args] = fromText(frame) as [string, unknown[]];
  for (const listener of listeners.get(channel) ?? []) listener({}, ...args);
};

export const ipcRenderer = {
  invoke: async (channel: string, ...args: unknown[]) => fromText(await test.calibrantInvoke(toText([channel, args]))),
  on(channel: string, listener: (...args: never[]) => void) {
    listeners.set(channel, (listeners.get(channel) ?? new Set()).add(listener as (...args: unknown[]) => void));
    return this;
  },
  off(channel: string, listener: (...args: never[]) => void) {
    listeners.get(channel)?.delete(listener as (...args: unknown[]) => void);
    return this;
  },
} as unknown as Pick<IpcRenderer, 'invoke' | 'on' | 'off'>;

export const contextBridge = {
  exposeInMainWorld(key: string, api: object): void {
    Object.defineProperty(globalThis, key, { value: Object.freeze(api) });
  },
};

export const webUtils: WebUtils = { getPathForFile: (file) => test.calibrantPaths?.[file.name] ?? '' };
