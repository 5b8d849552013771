import type { IncomingMessage, ServerResponse } from 'node:http';
import * as v from 'valibot';
import type { App } from '../../app/index.ts';
import { CalibrantError, toErrorData, type ErrorCode } from '../../contract/errors.ts';
import type { Assets } from '../assets.ts';
import type { Access } from './access.ts';
import type { DevelopmentPages } from './development.ts';
import { createBucket, type Limits } from './limits.ts';
import { receiveUpload, tooLarge } from './upload.ts';

const CodeSchema = v.strictObject({ code: v.pipe(v.string(), v.maxLength(100)) });

export interface RouteOptions {
  app: App;
  access: Access;
  limits: Limits;
  pages: Assets | DevelopmentPages;
  /** A link that works once. */
  newLink: () => string;
  /** The last link that was announced is used up. */
  onLinkUsed: () => void;
}

/** What is behind each URL, for requests that the guard has let through: the window's files; `POST` of `/session`, `/upload` and `/link`. */
export function createRoutes(options: RouteOptions): (request: IncomingMessage, response: ServerResponse) => void {
  const { app, access, limits, pages } = options;
  const mayTry = createBucket(limits.wrongCodes, limits.wrongCodes / 60);

  /** The one-time code of the link for the token of this start. */
  async function session(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!isOfType(request, 'application/json')) return refuse(response, 415, 'call-invalid', 'The code has to be sent as application/json.');
    const body = v.safeParse(CodeSchema, await readJson(request));
    if (!body.success) return refuse(response, 400, 'call-invalid', 'The code is missing.');
    if (!mayTry()) return refuse(response, 429, 'call-forbidden', 'Too many attempts; wait a minute, then use the newest link in the terminal.');
    const token = access.redeem(body.output.code);
    if (token === null) return refuse(response, 403, 'call-forbidden', 'This link was used already; the terminal shows a new one.');
    answer(response, 200, { token });
    options.onLinkUsed();
  }

  const knowsToken = ({ headers }: IncomingMessage): boolean => access.accepts(/^Bearer (\S+)$/.exec(headers.authorization ?? '')?.[1] ?? '');

  /** A dropped file, as the raw body. */
  async function upload(request: IncomingMessage, response: ServerResponse, name: string): Promise<void> {
    if (!isOfType(request, 'application/octet-stream')) {
      return refuse(response, 415, 'call-invalid', 'A dropped file has to be sent as application/octet-stream.');
    }
    try {
      if (Number(request.headers['content-length'] ?? 0) > limits.uploadBytes) throw tooLarge(name, limits.uploadBytes);
      answer(response, 200, { path: await receiveUpload(request, name, app.incoming, limits.uploadBytes) });
    } catch (thrown) {
      const error = toErrorData(thrown);
      answer(response, error.code === 'host-cannot' ? 413 : 500, { error });
    }
  }

  function post(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> | void {
    if (url.pathname === '/session') return session(request, response);
    if (url.pathname !== '/upload' && url.pathname !== '/link') return notFound(response);
    if (!knowsToken(request)) return refuse(response, 401, 'call-forbidden', 'Open the newest link in the terminal first.');
    if (url.pathname === '/upload') return upload(request, response, url.searchParams.get('name') ?? '');
    answer(response, 200, { link: options.newLink() });
  }

  return (request, response) => {
    if (request.method === 'POST') {
      const url = new URL(request.url ?? '/', 'http://host');
      post(request, response, url)?.catch((thrown: unknown) => answer(response, 400, { error: toErrorData(thrown) }));
      return;
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('allow', 'GET, HEAD, POST');
      return refuse(response, 405, 'call-invalid', 'Only GET, HEAD and POST are answered.');
    }
    if ('serve' in pages) return pages.serve(request, response);
    // The raw target, not the parsed one: a parser would make "/../" and "%2e%2e" into something that might be on the list.
    const asset = pages.get((request.url ?? '/').split(/[?#]/)[0] ?? '/');
    if (!asset) return notFound(response);
    response.writeHead(200, {
      'content-type': asset.type,
      'content-length': asset.bytes.length,
      'cache-control': asset.immutable ? 'public, max-age=31536000, immutable' : 'no-cache',
    });
    response.end(request.method === 'HEAD' ? undefined : asset.bytes);
  };
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  if (response.headersSent) return;
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' }).end(JSON.stringify(body));
}

function refuse(response: ServerResponse, status: number, code: ErrorCode, message: string): void {
  answer(response, status, { error: toErrorData(new CalibrantError(code, message)) });
}

function notFound(response: ServerResponse): void {
  refuse(response, 404, 'not-found', 'There is nothing at this address.');
}

function isOfType(request: IncomingMessage, type: string): boolean {
  return (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() === type;
}

/** A short JSON body; undefined for anything else. */
async function readJson(request: IncomingMessage): Promise<unknown> {
  let text = '';
  for await (const chunk of request) {
    text += String(chunk);
    if (text.length > 1024) return undefined;
  }
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
