import type { IncomingHttpHeaders } from 'node:http';

export interface Refusal {
  status: 403 | 405 | 421;
  reason: string;
}

/**
 * The rules that every request meets before anything else happens, static files and upgrades included. They keep other web pages out:
 * the Host rule stops DNS rebinding, Origin and Sec-Fetch-Site stop requests that another page sends. Null means: go on.
 */
export function refusalOf(request: { method?: string | undefined; headers: IncomingHttpHeaders }, port: number, kind: 'http' | 'socket'): Refusal | null {
  const { host, origin, 'sec-fetch-site': site } = request.headers;
  if (host !== `127.0.0.1:${port}` && host !== `localhost:${port}`) {
    return { status: 421, reason: `Open the link exactly as Calibrant printed it. An SSH tunnel has to keep the port: ssh -L ${port}:127.0.0.1:${port}` };
  }
  if (request.method === 'OPTIONS') return { status: 405, reason: 'Other sites cannot ask this host anything.' };
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return { status: 403, reason: 'This request was sent by another site.' };
  const foreign = origin === undefined ? kind === 'socket' : origin !== `http://${host}`;
  return foreign ? { status: 403, reason: 'This request was sent by a page of another origin.' } : null;
}
