import * as electron from 'electron';
import { afterEach, expect, it } from 'vitest';
import { createBridgeClient, type Bridge } from '../../src-renderer/client/bridge.ts';
import { createBridge } from '../../src-main/hosts/desktop/bridge.ts';
import { createGrants } from '../../src-main/hosts/desktop/grants.ts';
import { forwardEvents, installGrants, installIpc } from '../../src-main/hosts/desktop/ipc.ts';
import { createFakeApp, type FakeApp } from '../fakes/app.ts';
import * as fake from '../fakes/electron.ts';
import { describeTransport } from './conformance.ts';

/** The real preload's bridge and the real IPC code, with only Electron itself faked. */
function connect(app: FakeApp) {
  fake.resetIpc();
  const grants = createGrants();
  installIpc(electron.ipcMain, app);
  installGrants(electron.ipcMain, grants);
  const window = new fake.BrowserWindow({});
  forwardEvents(app, window.webContents);
  createBridge(electron);
  const client = createBridgeClient(fake.exposed['calibrant'] as Bridge, { checkAnswers: true });
  return { client, grants, window };
}

afterEach(() => fake.resetIpc());

describeTransport('the bridge', (app) => {
  const { client } = connect(app);
  return Promise.resolve({ client, disconnect: () => void fake.breakCalls.emit('break'), close: () => undefined });
});

it('exposes exactly what the window needs', () => {
  connect(createFakeApp());
  expect(Object.keys(fake.exposed)).toEqual(['calibrant']);
  expect(Object.keys(fake.exposed['calibrant'] as Bridge)).toEqual(['call', 'onEvent', 'pathOf']);
});

it('sends what a reactive proxy shows, since the proxy itself cannot be cloned', async () => {
  const { client } = connect(createFakeApp());
  const reactive = new Proxy({ projectId: 'p1' }, {});
  expect(() => structuredClone(reactive)).toThrow();
  await expect(client.call('projects.get', reactive)).rejects.toMatchObject({ code: 'not-found' });
});

it('grants a dropped file by dropping it', async () => {
  const { client, grants } = connect(createFakeApp());
  await expect(grants.check('/data/m.onnx')).rejects.toMatchObject({ code: 'path-not-allowed' });
  expect(await client.pathOf(new File([], '/data/m.onnx'))).toBe('/data/m.onnx');
  expect(await grants.check('/data/m.onnx')).toBe('/data/m.onnx');
  await expect(client.pathOf(new File([], 'from a mail.onnx'))).rejects.toMatchObject({ code: 'not-found' });
});

it('stops sending events to a window that is gone', () => {
  const app = createFakeApp();
  const { window } = connect(app);
  expect(app.subscribers).toBe(1);
  window.webContents.destroyed = true;
  app.emit({ event: 'changed', payload: { projectId: null, what: 'projects' } });
  expect(app.subscribers).toBe(0);
});
