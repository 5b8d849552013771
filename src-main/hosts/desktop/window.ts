import type { BrowserWindowConstructorOptions } from 'electron';

/** The one window. The safe values of its page are written out although most are defaults: a default can change, and a test compares the whole. */
export function windowOptions(preload: string): BrowserWindowConstructorOptions {
  return {
    title: 'Calibrant',
    width: 1440,
    height: 900,
    minWidth: 900,
    minHeight: 600,
    autoHideMenuBar: true,
    // Shown when it has something to show.
    show: false,
    webPreferences: {
      preload,
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      webviewTag: false,
      navigateOnDragDrop: false,
      spellcheck: false,
    },
  };
}
