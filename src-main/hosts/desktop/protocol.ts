import type { CustomScheme } from 'electron';
import type { Assets } from '../assets.ts';
import { securityHeaders } from '../headers.ts';

const SCHEME = 'calibrant';
const HOST = 'window';

export const START_URL = `${SCHEME}://${HOST}/`;

/** To be registered before the application is ready: a scheme with an origin of its own, as file:// does not have. */
export const OUR_SCHEME: CustomScheme = { scheme: SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true } };

export function isOurs(url: string): boolean {
  try {
    const { protocol, host } = new URL(url);
    return protocol === `${SCHEME}:` && host === HOST;
  } catch {
    return false;
  }
}

/** Answers requests of our scheme from the list of files that was read at start; nothing else can be asked for. */
export function answerFrom(assets: Assets): (request: Request) => Response {
  const headers = securityHeaders();
  return ({ method, url }) => {
    if (method !== 'GET') return new Response(null, { status: 405, headers });
    const asset = isOurs(url) ? assets.get(new URL(url).pathname) : undefined;
    if (!asset) return new Response(null, { status: 404, headers });
    return new Response(asset.bytes, { headers: { ...headers, 'content-type': asset.type } });
  };
}
