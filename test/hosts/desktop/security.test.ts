import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Session, WebContents } from 'electron';
import { describe, expect, it, vi } from 'vitest';
import { answerFrom, isOurs, OUR_SCHEME } from '../../../src-main/hosts/desktop/protocol.ts';
import { lockContents, lockSession } from '../../../src-main/hosts/desktop/security.ts';
import { windowOptions } from '../../../src-main/hosts/desktop/window.ts';
import { BrowserWindow, session } from '../../fakes/electron.ts';

it('opens its window with these options and no others', () => {
  expect(windowOptions('/p/preload.cjs')).toEqual({
    title: 'Calibrant',
    width: 1440,
    height: 900,
    minWidth: 900,
    minHeight: 600,
    autoHideMenuBar: true,
    show: false,
    webPreferences: {
      preload: '/p/preload.cjs',
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
  });
});

describe('the session', () => {
  it('denies every permission that Electron knows, but copying to the clipboard', async () => {
    const types = await readFile(resolve(import.meta.dirname, '../../../node_modules/electron/electron.d.ts'), 'utf8');
    const signature = /setPermissionRequestHandler\(handler: \(\(webContents: WebContents, permission: ([^,]+),/.exec(types)?.[1] ?? '';
    const names = [...signature.matchAll(/'([\w-]+)'/g)].map((match) => match[1] ?? '');
    expect(names.length).toBeGreaterThan(20);
    const fake = session.defaultSession;
    await lockSession(fake as unknown as Session);
    const granted = names.filter((name) => {
      const callback = vi.fn();
      fake.permissionRequest?.({} as never, name as never, callback, {} as never);
      const checked = fake.permissionCheck?.(null, name as never, '', {} as never);
      expect(callback).toHaveBeenCalledExactlyOnceWith(checked);
      return checked;
    });
    expect(granted).toEqual(['clipboard-sanitized-write']);
    expect(fake.device?.({} as never)).toBe(false);
  });

  it('has no network, no proxy and no spell checker that fetches dictionaries', async () => {
    const fake = session.defaultSession;
    await lockSession(fake as unknown as Session);
    expect(fake.blocked).toEqual(['http://*/*', 'https://*/*', 'ws://*/*', 'wss://*/*', 'ftp://*/*', 'file://*/*']);
    expect(fake.proxy).toEqual({ mode: 'direct' });
    expect(fake.spellChecker).toBe(false);
  });
});

it('goes nowhere and opens nothing', () => {
  const { webContents } = new BrowserWindow({});
  lockContents(webContents as unknown as WebContents);
  for (const event of ['will-navigate', 'will-redirect', 'will-frame-navigate', 'will-attach-webview']) {
    const preventDefault = vi.fn();
    webContents.emit(event, { preventDefault }, 'https://evil.example');
    expect(preventDefault, event).toHaveBeenCalledOnce();
  }
  expect(webContents.openHandler?.({ url: 'https://evil.example' } as never)).toEqual({ action: 'deny' });
});

describe('our scheme', () => {
  const page = { bytes: new TextEncoder().encode('page'), type: 'text/html', immutable: false };
  const answer = answerFrom(new Map([['/', page]]));

  it('has an origin of its own', () => {
    expect(OUR_SCHEME).toEqual({ scheme: 'calibrant', privileges: { standard: true, secure: true, supportFetchAPI: true } });
  });

  it('serves the list of files with the security headers', async () => {
    const response = answer(new Request('calibrant://window/#/p/1'));
    expect(response.status).toBe(200);
    expect(await response.text()).toBe('page');
    expect(response.headers.get('content-type')).toBe('text/html');
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'; script-src 'self'");
  });

  it.each([
    'calibrant://window/../package.json',
    'calibrant://window/..%5cpackage.json',
    'calibrant://window/%2e%2e/x',
    'calibrant://window/%00',
    'calibrant://windows/',
    'calibrant://other/',
    'https://window/',
    'file:///',
  ])('has nothing at %s', (url) => {
    // prettier-ignore
    expect(answer(new Request(url)).status).toBe(404);
  });

  it.each(['POST', 'PUT', 'HEAD', 'OPTIONS', 'DELETE'])('does not know %s', (method) => {
    expect(answer(new Request('calibrant://window/', { method })).status).toBe(405);
  });

  it.each(['', 'calibrant:', 'calibrant://', 'window', 'javascript:1', 'calibrant://window:1/'])('is not "%s"', (url) => {
    expect(isOurs(url)).toBe(false);
  });
});
