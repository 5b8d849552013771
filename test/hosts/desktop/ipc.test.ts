import * as electron from 'electron';
import * as fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { createGrants, type Grants } from '../../../src-main/hosts/desktop/grants.ts';
import { installGrants, installIpc } from '../../../src-main/hosts/desktop/ipc.ts';
import { CALLS } from '../../../src-main/contract/calls.ts';
import type { Answer } from '../../../src-main/contract/transport.ts';
import { createFakeApp, type FakeApp } from '../../fakes/app.ts';
import { ipcRenderer, resetIpc, sender } from '../../fakes/electron.ts';

let app: FakeApp;
let grants: Grants;

beforeEach(() => {
  resetIpc();
  app = createFakeApp();
  grants = createGrants();
  installIpc(electron.ipcMain, app);
  installGrants(electron.ipcMain, grants);
});

const frame = (url: string, parent: object | null = null) => ({ url, parent: parent as null });
const STRANGERS: [string, typeof sender.frame][] = [
  ['a frame that is gone', null],
  ['a frame inside the page', frame('calibrant://window/', frame('calibrant://window/'))],
  ['another scheme', frame('https://window/')],
  ['a file', frame('file:///index.html')],
  ['another host', frame('calibrant://windows/')],
  ['a host that begins alike', frame('calibrant://window.evil/')],
  ['a host with a user', frame('calibrant://evil@windov/')],
  ['a blank page', frame('about:blank')],
  ['no address', frame('')],
];

describe('the desktop’s IPC', () => {
  it.each(STRANGERS)('does not listen to %s', async (_name, stranger) => {
    sender.frame = stranger;
    expect(await ipcRenderer.invoke('calibrant:call', { call: 'projects.list', input: {} })).toMatchObject({ ok: false, error: { code: 'call-forbidden' } });
    expect(await ipcRenderer.invoke('calibrant:grant', '/etc/passwd')).toBe('');
    expect(app.dispatched).toEqual([]);
    await expect(grants.check('/etc/passwd')).rejects.toMatchObject({ code: 'path-not-allowed' });
  });

  it.each([null, undefined, 'projects.list', 7, [], {}, { call: 7 }, { call: 'projects.list', input: {}, more: 1 }])(
    'refuses the message %j',
    async (message) => {
      expect(await ipcRenderer.invoke('calibrant:call', message)).toMatchObject({ ok: false, error: { code: 'call-invalid' } });
      expect(app.dispatched).toEqual([]);
    },
  );

  it.each([null, undefined, '', 7, {}, 'x'.repeat(5000)])('grants no path for %j', async (path) => {
    expect(await ipcRenderer.invoke('calibrant:grant', path)).toBe('');
  });

  it('answers whatever comes with a value or a coded error, and never throws', async () => {
    const calls = fc.oneof(fc.constantFrom(...Object.keys(CALLS).filter((name) => name !== 'jobs.log')), fc.string());
    await fc.assert(
      fc.asyncProperty(calls, fc.jsonValue(), async (call, input) => {
        const answer = (await ipcRenderer.invoke('calibrant:call', { call, input })) as Answer;
        expect(answer.ok || typeof answer.error.code === 'string').toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});
