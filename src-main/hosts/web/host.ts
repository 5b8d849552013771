import { homedir } from 'node:os';
import { createApp, defaultHome, forkRunner, type App } from '../../app/index.ts';
import { readAssets } from '../assets.ts';
import { PLACES } from '../places.ts';
import { createBrowser } from './browse.ts';
import { developmentPages } from './development.ts';
import { createRoots } from './paths.ts';
import { publish } from './running.ts';
import { startWebServer } from './server.ts';

export interface WebHostOptions {
  port?: number | undefined;
  home?: string | undefined;
  /** Folders beside the user's own that the window may look into. */
  roots?: string[] | undefined;
  /** Sources with hot reload instead of the built window. */
  development?: boolean | undefined;
  onLink: (link: string) => void;
}

export interface WebHost {
  readonly port: number;
  close(): Promise<void>;
}

/** The web host, put together. Throws CalibrantError when the data folder is in use, the window is not built or the port is taken. */
export async function startWebHost(options: WebHostOptions): Promise<WebHost> {
  const pages = options.development ? developmentPages : await readAssets(PLACES.renderer);
  const home = options.home ?? defaultHome();
  const roots = await createRoots([homedir(), ...(options.roots ?? [])], [home]);
  const app: App = await createApp({
    home,
    resources: PLACES.resources,
    host: 'web',
    picks: 'browser',
    paths: roots,
    spawnRunner: forkRunner(PLACES.runnerEntry),
    browse: createBrowser(roots),
  });
  try {
    const server = await startWebServer({ app, port: options.port ?? 0, pages, onLink: options.onLink });
    const withdraw = await publish(home, server);
    options.onLink(server.newLink());
    return {
      port: server.port,
      async close() {
        await withdraw();
        await server.close();
        await app.close();
      },
    };
  } catch (thrown) {
    await app.close();
    throw thrown;
  }
}
