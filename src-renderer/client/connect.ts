import * as v from 'valibot';
import { CalibrantError, ErrorDataSchema } from '../../src-main/contract/errors.ts';
import type { Client } from '../../src-main/contract/transport.ts';
import { createBridgeClient, type Bridge } from './bridge.ts';
import type { ClientOptions } from './shared.ts';
import { createWebSocketClient } from './web-socket.ts';

const KEPT_AS = 'calibrant-token';
const SessionSchema = v.object({ token: v.string() });
const UploadSchema = v.object({ path: v.string() });
const RefusedSchema = v.object({ error: ErrorDataSchema });

/**
 * The client for wherever this window is: the desktop's bridge if there is one, else the web host that served the page. Has to run before anything reads the
 * URL's fragment. Rejects with `call-forbidden` when the page was opened without a valid link.
 */
export async function connect(options: ClientOptions = {}): Promise<Client> {
  const bridge = (globalThis as { calibrant?: Bridge }).calibrant;
  if (bridge) return createBridgeClient(bridge, options);
  const token = await sessionToken();
  const url = new URL('/socket', location.href);
  url.protocol = 'ws:';
  return createWebSocketClient({
    ...options,
    url: url.href,
    token,
    upload: (file) => upload(file, token),
    onRefused: () => sessionStorage.removeItem(KEPT_AS),
  });
}

/** From the link's one-time code, or from an earlier visit of this tab. sessionStorage belongs to one tab and one port; a cookie would not. */
async function sessionToken(): Promise<string> {
  const code = /^#code=([\w-]+)$/.exec(location.hash)?.[1];
  const kept = sessionStorage.getItem(KEPT_AS);
  if (code === undefined) {
    if (kept !== null) return kept;
    throw new CalibrantError('call-forbidden', 'This page needs the link that Calibrant printed in its terminal; open the newest one.');
  }
  // Out of the address bar and the history, so that a reload does not offer a used code.
  history.replaceState(null, '', location.pathname);
  try {
    const { token } = await post('/session', 'application/json', JSON.stringify({ code }), SessionSchema);
    sessionStorage.setItem(KEPT_AS, token);
    return token;
  } catch (thrown) {
    // An old link, opened in a tab that is already let in.
    if (kept !== null) return kept;
    throw thrown;
  }
}

async function upload(file: File, token: string): Promise<string> {
  const answer = await post(`/upload?name=${encodeURIComponent(file.name)}`, 'application/octet-stream', file, UploadSchema, token);
  return answer.path;
}

async function post<S extends v.GenericSchema>(path: string, type: string, body: BodyInit, schema: S, token?: string): Promise<v.InferOutput<S>> {
  const headers = { 'content-type': type, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) };
  const response = await fetch(path, { method: 'POST', headers, body }).catch((cause: unknown) => {
    throw new CalibrantError('connection-lost', 'Calibrant does not answer; see in its terminal whether it still runs.', undefined, cause);
  });
  const answer: unknown = await response.json();
  if (response.ok) return v.parse(schema, answer);
  throw CalibrantError.from(v.parse(RefusedSchema, answer).error);
}
