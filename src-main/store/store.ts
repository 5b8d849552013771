import type { CalibrantError } from '../contract/errors.ts';
import type { Connection } from './connection.ts';
import { datasetsIn, type Datasets } from './datasets.ts';
import { openDatabase, openDatabaseReadOnly } from './database.ts';
import { contentPath, filesIn, type Files } from './files.ts';
import { openHome, placesOf, type Home } from './home.ts';
import { jobsIn, type Jobs } from './jobs.ts';
import { modelsIn, type Models } from './models.ts';
import { projectsIn, type Projects } from './projects.ts';
import { recipesIn, type Recipes } from './recipes.ts';
import { referencedIn } from './referenced.ts';
import { resultsIn, type Results } from './results.ts';
import { runsIn, type Runs } from './runs.ts';
import { sqliteError } from './sqlite.ts';

/** The queries, one group per table. All are synchronous and throw CalibrantError: `not-found`, `store-corrupt`, `disk-full`, `home-not-writable`. */
export interface Queries {
  readonly projects: Projects;
  readonly models: Models;
  readonly datasets: Datasets;
  readonly recipes: Recipes;
  readonly runs: Runs;
  readonly jobs: Jobs;
  readonly results: Results;
}

export interface Store extends Queries {
  readonly home: Home;
  readonly files: Files;
  /** All of `action` or nothing of it. May be nested. */
  transaction<T>(action: () => T): T;
  /** Gives the data folder back. */
  close(): void;
}

export interface StoreOptions {
  /** A row that cannot be read is left out of lists and told here, once. */
  onDamaged?: (error: CalibrantError) => void;
}

/**
 * Opens the data folder for this process alone, and cleans up what a former one left behind.
 * Throws `home-in-use`, `home-not-writable`, `home-on-network-drive`, `store-corrupt`, `store-from-the-future`, `disk-full`, `host-cannot` (Node too old).
 */
export async function openStore(folder: string, options: StoreOptions = {}): Promise<Store> {
  const home = await openHome(folder);
  try {
    const connection = await openDatabase(home, options);
    const files = await filesIn(home);
    await files.sweep(referencedIn(connection));
    return {
      ...queriesOf(connection),
      home,
      files,
      transaction: (action) => connection.transaction(action),
      close: () => {
        connection.close();
        home.release(!connection.damaged);
      },
    };
  } catch (error) {
    home.release(false);
    throw sqliteError(error, home.folder);
  }
}

/** What can be read without having the data folder. */
export interface StoreReader extends Queries {
  pathOf(sha256: string): string;
  close(): void;
}

/** For looking while another instance has the folder open. null when nothing was ever stored there. */
export async function openReadOnly(folder: string, options: StoreOptions = {}): Promise<StoreReader | null> {
  const connection = await openDatabaseReadOnly(folder, options);
  return connection && { ...queriesOf(connection), pathOf: (sha256) => contentPath(placesOf(folder).files, sha256), close: () => connection.close() };
}

function queriesOf(connection: Connection): Queries {
  return {
    projects: projectsIn(connection),
    models: modelsIn(connection),
    datasets: datasetsIn(connection),
    recipes: recipesIn(connection),
    runs: runsIn(connection),
    jobs: jobsIn(connection),
    results: resultsIn(connection),
  };
}
