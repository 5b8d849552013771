import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { PLACES } from '../places.ts';

/** Vite's part while developing: it serves the sources and keeps a socket of its own for hot reload. */
export interface DevelopmentPages {
  serve(request: IncomingMessage, response: ServerResponse): void;
  isReloadSocket(request: IncomingMessage): boolean;
  close(): Promise<void>;
}

/** The window straight from its sources, with hot reload. Vite is a tool of the checkout and not part of the product, hence the late import. */
export async function developmentPages(server: Server): Promise<DevelopmentPages> {
  const { createServer } = await import('vite');
  const vite = await createServer({
    configFile: join(PLACES.root, 'vite.config.ts'),
    appType: 'spa',
    server: { middlewareMode: true, ws: { server } },
  });
  return {
    serve: (request, response) => vite.middlewares(request, response),
    isReloadSocket: (request) => (request.headers['sec-websocket-protocol'] ?? '').startsWith('vite-'),
    close: () => vite.close(),
  };
}
