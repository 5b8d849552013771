import type { ContextBridge, IpcRenderer, WebUtils } from 'electron';
import type { AnyEvent } from '../../contract/calls.ts';
import type { Answer } from '../../contract/transport.ts';
import { CHANNELS } from './channels.ts';

export interface BridgeParts {
  contextBridge: Pick<ContextBridge, 'exposeInMainWorld'>;
  ipcRenderer: Pick<IpcRenderer, 'invoke' | 'on' | 'off'>;
  webUtils: Pick<WebUtils, 'getPathForFile'>;
}

/**
 * Puts `window.calibrant` on the page: named functions over fixed channels, never ipcRenderer itself. A page can get a path granted only by holding
 * the File that the user dropped: it never gets to write the path.
 */
export function createBridge({ contextBridge, ipcRenderer, webUtils }: BridgeParts): void {
  contextBridge.exposeInMainWorld('calibrant', {
    call: (call: string, input: unknown): Promise<Answer> => ipcRenderer.invoke(CHANNELS.call, { call, input }) as Promise<Answer>,
    onEvent(listener: (event: AnyEvent) => void): () => void {
      const relay = (_event: unknown, message: AnyEvent): void => listener(message);
      ipcRenderer.on(CHANNELS.event, relay);
      return () => void ipcRenderer.off(CHANNELS.event, relay);
    },
    pathOf(file: File): Promise<string> {
      const path = webUtils.getPathForFile(file);
      return path === '' ? Promise.resolve('') : (ipcRenderer.invoke(CHANNELS.grant, path) as Promise<string>);
    },
  });
}
