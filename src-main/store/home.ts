import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { mkdir, open, readFile, readdir, rename, rm, unlink, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import * as v from 'valibot';
import { CalibrantError } from '../contract/errors.ts';
import { networkFileSystem } from './network-drive.ts';
import { connect, sqliteError } from './sqlite.ts';

/** The data folder while this process has it for itself. */
export interface Home {
  readonly folder: string;
  /** This start of the application; owner of the jobs that it runs. */
  readonly instanceId: string;
  /** False when the former owner was killed or crashed, or saw damage: then the database is checked as a whole. */
  readonly endedCleanly: boolean;
  readonly database: string;
  /** Files by SHA-256. */
  readonly files: string;
  /** Models with external data under their own names. */
  readonly models: string;
  /** Outputs of running jobs; on the same disk as `files`, emptied at start. */
  readonly work: string;
  /** Statistics of images seen before, by content (the runner keeps it small). */
  readonly statistics: string;
  /** Uploads; emptied at start. */
  readonly incoming: string;
  readonly backups: string;
  /** What was found damaged. Calibrant never deletes anything in there. */
  readonly damaged: string;
  readonly reserve: string;
  /** Gives the folder back. `clean`: the next start need not look at the whole database. */
  release(clean: boolean): void;
}

const OwnerSchema = v.object({ pid: v.number(), startedAt: v.string(), instanceId: v.string() });

/** Where the data is unless told otherwise. CALIBRANT_HOME wins everywhere. */
export function defaultHome(environment: NodeJS.ProcessEnv = process.env, platform: NodeJS.Platform = process.platform, user = homedir()): string {
  if (environment.CALIBRANT_HOME) return resolve(environment.CALIBRANT_HOME);
  if (platform === 'darwin') return join(user, 'Library', 'Application Support', 'Calibrant');
  if (platform === 'win32') return join(environment.APPDATA || join(user, 'AppData', 'Roaming'), 'Calibrant');
  return join(environment.XDG_DATA_HOME || join(user, '.local', 'share'), 'calibrant');
}

/** Shared with the terminal, which has no database. */
export function statisticsFolder(folder: string): string {
  return join(folder, 'statistics');
}

/** The places inside a data folder. */
export function placesOf(folder: string): Omit<Home, 'instanceId' | 'endedCleanly' | 'release'> {
  return {
    folder,
    database: join(folder, 'calibrant.db'),
    files: join(folder, 'files'),
    models: join(folder, 'models'),
    work: join(folder, 'work'),
    statistics: statisticsFolder(folder),
    incoming: join(folder, 'incoming'),
    backups: join(folder, 'backups'),
    damaged: join(folder, 'damaged'),
    reserve: join(folder, 'reserve'),
  };
}

/**
 * Takes the data folder for this process.
 *
 * The lock is the operating system's own, on `lock.db`, held by an open SQLite transaction: it goes with the process however that ends, so no
 * dead process has to be recognised by its number, and two that start at once cannot both win. `running.json` only says who holds it.
 * Throws `home-not-writable`, `home-on-network-drive`, `home-in-use`.
 */
export async function openHome(path: string): Promise<Home> {
  const folder = resolve(path);
  await prepareFolder(folder);
  const network = await networkFileSystem(folder);
  if (network) {
    throw new CalibrantError(
      'home-on-network-drive',
      `The data folder ${folder} is on a network drive (${network}), where a database can be damaged; choose a folder on a local disk with CALIBRANT_HOME.`,
      { folder, network },
    );
  }

  const lock = await connect(join(folder, 'lock.db'), { timeout: 0 });
  try {
    lock.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    const coded = sqliteError(error, join(folder, 'lock.db'));
    throw coded.code === 'home-in-use' ? await inUse(folder) : coded;
  }

  const running = join(folder, 'running.json');
  const instanceId = randomBytes(8).toString('hex');
  const places = placesOf(folder);
  try {
    const endedCleanly = (await readOwner(folder)) === 'none';
    await writeOwner(running, { pid: process.pid, startedAt: new Date(performance.timeOrigin).toISOString(), instanceId });
    for (const swept of [places.work, places.incoming]) await rm(swept, { recursive: true, force: true });
    for (const needed of [places.files, places.models, places.work, places.statistics, places.incoming]) await mkdir(needed, { recursive: true, mode: 0o700 });
    return {
      ...places,
      instanceId,
      endedCleanly,
      release: (clean) => {
        if (clean) rmSync(running, { force: true });
        lock.close();
      },
    };
  } catch (error) {
    lock.close();
    throw sqliteError(error, folder);
  }
}

async function prepareFolder(folder: string): Promise<void> {
  const probe = join(folder, `.probe-${process.pid}-${randomBytes(4).toString('hex')}`);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    // Rights alone do not tell: root passes them on a read-only disk.
    await writeFile(probe, '');
    await unlink(probe);
    await readdir(folder);
  } catch (error) {
    throw sqliteError(error, `The data folder ${folder}`);
  }
}

async function writeOwner(path: string, owner: v.InferOutput<typeof OwnerSchema>): Promise<void> {
  const temporary = `${path}.${owner.instanceId}`;
  const file = await open(temporary, 'w', 0o600);
  await file.writeFile(JSON.stringify(owner));
  await file.sync();
  await file.close();
  await rename(temporary, path);
}

async function readOwner(folder: string): Promise<v.InferOutput<typeof OwnerSchema> | 'none' | 'unreadable'> {
  try {
    return v.parse(OwnerSchema, JSON.parse(await readFile(join(folder, 'running.json'), 'utf8')));
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ENOENT' ? 'none' : 'unreadable';
  }
}

async function inUse(folder: string): Promise<CalibrantError> {
  const owner = await readOwner(folder);
  // Between taking the lock and writing its name, an owner is nameless for some milliseconds.
  const who = typeof owner === 'string' ? '' : ` (process ${owner.pid}, running since ${owner.startedAt})`;
  return new CalibrantError(
    'home-in-use',
    `Calibrant is already running on the data folder ${folder}${who}; go to its window, end it, or choose another folder with CALIBRANT_HOME.`,
    typeof owner === 'string' ? { folder } : { folder, pid: owner.pid, startedAt: owner.startedAt },
  );
}
