import type { Session, WebContents } from 'electron';

type Permission = Parameters<NonNullable<Parameters<Session['setPermissionRequestHandler']>[0]>>[1];

/** What the page may do beyond drawing: the "copy" buttons. */
const ALLOWED: ReadonlySet<Permission> = new Set<Permission>(['clipboard-sanitized-write']);

export const isPermitted = (permission: string): boolean => (ALLOWED as ReadonlySet<string>).has(permission);

const NETWORK = ['http://*/*', 'https://*/*', 'ws://*/*', 'wss://*/*', 'ftp://*/*', 'file://*/*'];

/** Calibrant works offline: the page gets no permission, no network and no device, whatever ends up running in it. */
export async function lockSession(session: Session): Promise<void> {
  session.setPermissionRequestHandler((_contents, permission, callback) => callback(isPermitted(permission)));
  session.setPermissionCheckHandler((_contents, permission) => isPermitted(permission));
  session.setDevicePermissionHandler(() => false);
  session.webRequest.onBeforeRequest({ urls: NETWORK }, (_details, callback) => callback({ cancel: true }));
  // Chromium would fetch dictionaries by itself.
  session.setSpellCheckerEnabled(false);
  await session.setProxy({ mode: 'direct' });
}

/** The page stays where it is: no navigation (a file dropped beside the drop zone is one), no further window, no webview. */
export function lockContents(contents: WebContents): void {
  const prevent = (event: { preventDefault(): void }): void => event.preventDefault();
  contents.on('will-navigate', prevent);
  contents.on('will-redirect', prevent);
  contents.on('will-frame-navigate', prevent);
  contents.on('will-attach-webview', prevent);
  contents.setWindowOpenHandler(() => ({ action: 'deny' }));
}
