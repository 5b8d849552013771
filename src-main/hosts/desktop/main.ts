import { join } from 'node:path';
import { app, BrowserWindow, dialog, ipcMain, protocol, session, utilityProcess } from 'electron';
import { createApp, defaultHome, type App } from '../../app/index.ts';
import { readAssets } from '../assets.ts';
import { failureOf } from '../failure.ts';
import { PLACES } from '../places.ts';
import { createPick } from './dialogs.ts';
import { createGrants } from './grants.ts';
import { forwardEvents, installGrants, installIpc } from './ipc.ts';
import { answerFrom, OUR_SCHEME, START_URL } from './protocol.ts';
import { utilityRunner } from './runner.ts';
import { lockContents, lockSession } from './security.ts';
import { windowOptions } from './window.ts';

let window: BrowserWindow | null = null;

async function start(): Promise<App> {
  await app.whenReady();
  await lockSession(session.defaultSession);
  protocol.handle('calibrant', answerFrom(await readAssets(PLACES.renderer)));
  const grants = createGrants();
  const calibrant = await createApp({
    home: defaultHome(),
    resources: app.isPackaged ? join(process.resourcesPath, 'resources') : PLACES.resources,
    host: 'desktop',
    picks: 'dialog',
    paths: grants,
    spawnRunner: utilityRunner(utilityProcess, PLACES.runnerEntry),
    pick: createPick(dialog, grants, () => window),
  });
  installIpc(ipcMain, calibrant);
  installGrants(ipcMain, grants);
  await openWindow(calibrant);
  return calibrant;
}

async function openWindow(calibrant: App): Promise<void> {
  const opened = new BrowserWindow(windowOptions(PLACES.preload));
  window = opened;
  opened.once('ready-to-show', () => opened.show());
  opened.once('closed', () => (window = null));
  forwardEvents(calibrant, opened.webContents);
  await opened.loadURL(START_URL);
}

/** Running jobs are cancelled and the data folder is closed before the process goes. */
function closeBeforeQuit(calibrant: App): void {
  let closed = false;
  app.on('before-quit', (event) => {
    if (closed) return;
    event.preventDefault();
    void calibrant.close().finally(() => {
      closed = true;
      app.quit();
    });
  });
}

if (app.requestSingleInstanceLock()) {
  protocol.registerSchemesAsPrivileged([OUR_SCHEME]);
  app.on('web-contents-created', (_event, contents) => lockContents(contents));
  app.on('second-instance', () => {
    if (window?.isMinimized()) window.restore();
    window?.focus();
  });
  app.on('window-all-closed', () => app.quit());
  // Not awaited here: Electron becomes ready only after this module has run.
  start()
    .then(closeBeforeQuit)
    .catch((thrown: unknown) => {
      dialog.showErrorBox('Calibrant cannot start', failureOf(thrown).line);
      app.exit(1);
    });
} else {
  app.quit();
}
