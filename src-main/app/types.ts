import type { FolderListing, HostDescription } from '../contract/calls.ts';
import type { SpawnRunner } from '../contract/runner.ts';
import type { Endpoint } from '../contract/transport.ts';

/** Which paths a window may name. The desktop grants what its dialogs returned; the web host allows what lies inside its roots. */
export interface PathPolicy {
  /** The path's real, absolute form. Throws `path-not-allowed`. */
  check(path: string): Promise<string>;
}

export interface AppOptions {
  /** The data folder: database, files, lock. */
  home: string;
  /** Where `sample/` lies. */
  resources: string;
  host: HostDescription['host'];
  picks: HostDescription['picks'];
  paths: PathPolicy;
  spawnRunner: SpawnRunner;
  /** desktop only: the native dialog. */
  pick?: (what: 'model' | 'data') => Promise<string | null>;
  /** web only: the path browser. */
  browse?: (path: string | null, what: 'model' | 'data') => Promise<FolderListing>;
}

/** The application behind any host. */
export interface App extends Endpoint {
  readonly home: string;
  /** A place for uploaded files; inside the data folder and swept at start. */
  readonly incoming: string;
  /** Cancels what runs, closes the database, gives up the lock. */
  close(): Promise<void>;
}
