import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { App } from '../../app/index.ts';
import { CalibrantError } from '../../contract/errors.ts';
import type { Assets } from '../assets.ts';
import { securityHeaders } from '../headers.ts';
import { createAccess } from './access.ts';
import type { DevelopmentPages } from './development.ts';
import { refusalOf } from './guard.ts';
import { createRoutes } from './routes.ts';
import { createSocketDoor } from './socket.ts';
import { LIMITS, type Limits } from './limits.ts';

export interface WebServerOptions {
  app: App;
  /** 0: the system picks one. */
  port: number;
  /** The window: built files, or (while developing) the server that makes them on the fly. */
  pages: Assets | ((server: Server) => Promise<DevelopmentPages>);
  /** Called with a new link whenever one was used. */
  onLink: (link: string) => void;
  limits?: Partial<Limits>;
}

export interface WebServer {
  readonly port: number;
  readonly token: string;
  /** A link that works once. */
  newLink(): string;
  close(): Promise<void>;
}

/** Serves the window and the application to this machine only. Throws `host-cannot` when the port is taken. */
export async function startWebServer(options: WebServerOptions): Promise<WebServer> {
  const limits = { ...LIMITS, ...options.limits };
  const access = createAccess();
  const server = createServer({ requestTimeout: 0, headersTimeout: 10_000, maxHeaderSize: 16 * 1024 });
  server.maxConnections = 256;
  const development = typeof options.pages === 'function' ? await options.pages(server) : null;
  const headers = securityHeaders(development ? 'development' : 'product');
  const port = await listen(server, options.port);
  const newLink = (): string => `http://127.0.0.1:${port}/#code=${access.issueCode()}`;
  const door = createSocketDoor(options.app, access, limits);
  const route = createRoutes({
    app: options.app,
    access,
    limits,
    pages: development ?? (options.pages as Assets),
    newLink,
    onLinkUsed: () => options.onLink(newLink()),
  });

  server.on('request', (request, response) => {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    const refusal = refusalOf(request, port, 'http');
    if (!refusal) return route(request, response);
    response.writeHead(refusal.status, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' }).end(`${refusal.reason}\n`);
  });
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy());
    const refusal = refusalOf(request, port, 'socket');
    if (refusal) return void socket.end(`HTTP/1.1 ${refusal.status} Refused\r\nconnection: close\r\n\r\n`);
    if (request.url === '/socket') return door.accept(request, socket, head);
    if (!development?.isReloadSocket(request)) socket.end('HTTP/1.1 404 Not Found\r\nconnection: close\r\n\r\n');
  });

  return {
    port,
    token: access.token,
    newLink,
    async close() {
      door.close();
      await development?.close();
      const closed = new Promise<void>((done) => server.close(() => done()));
      // Sockets get a moment for their closing handshake.
      setTimeout(() => server.closeAllConnections(), 300).unref();
      server.closeIdleConnections();
      await closed;
    },
  };
}

/** IPv4 loopback by its address: "localhost" may mean something else, and `::` would open the port to the network. */
async function listen(server: Server, port: number): Promise<number> {
  return new Promise((done, fail) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const reason = cause.code === 'EADDRINUSE' ? 'another program has it' : (cause.code ?? cause.message);
      fail(new CalibrantError('host-cannot', `Port ${port} cannot be opened: ${reason}. Leave out --port to get a free one.`, undefined, cause));
    });
    server.listen(port, '127.0.0.1', () => done((server.address() as AddressInfo).port));
  });
}
