import type BetterSqlite from 'better-sqlite3';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { CalibrantError } from '../contract/errors.ts';
import { backUp } from './backup.ts';
import { Connection } from './connection.ts';
import { setAside } from './damage.ts';
import { GROUP_NAME } from './files.ts';
import { placesOf, type Home } from './home.ts';
import { MIGRATIONS, type Migration } from './migrations/index.ts';
import { giveReserveFree, keepReserve } from './reserve.ts';
import { connect, sqliteError } from './sqlite.ts';
import type { StoreOptions } from './store.ts';

/** "Clbr": says in the file's header whose database it is. */
const APPLICATION_ID = 0x436c6272;

const PRAGMAS = [
  'journal_mode = WAL',
  // 0.5 ms a commit: a finished experiment must not vanish in a power cut.
  'synchronous = FULL',
  'foreign_keys = ON',
  'busy_timeout = 5000',
  'trusted_schema = OFF',
  'cell_size_check = ON',
  'temp_store = MEMORY',
  'journal_size_limit = 67108864',
  'wal_autocheckpoint = 1000',
];

/**
 * Opens the database of a home that this process has for itself: identity → pragmas → check after an unclean end → backup → migrations.
 * A damaged file is set aside, never deleted, and `store-corrupt` says where. Throws `store-from-the-future`, `disk-full`, `home-not-writable` too.
 */
export async function openDatabase(home: Home, options: StoreOptions = {}, migrations: readonly Migration[] = MIGRATIONS): Promise<Connection> {
  await keepReserve(home.reserve);
  const database = await connect(home.database);
  try {
    const version = identify(database, migrations);
    if (version === 0 && (await hasFiles(home))) throw new CalibrantError('store-corrupt', `${home.database} is empty although its files are there`);
    for (const pragma of PRAGMAS) database.pragma(pragma);
    if (!home.endedCleanly) quickCheck(database);
    if (version > 0 && version < latest(migrations)) await backUp(database, home.backups, version);
    migrate(database, version, migrations);
    return new Connection(database, () => giveReserveFree(home.reserve), options.onDamaged ?? (() => undefined));
  } catch (error) {
    database.close();
    const coded = sqliteError(error, home.database);
    throw coded.code === 'store-corrupt' ? await setAside(home, coded) : coded;
  }
}

/** Without the lock and without changing anything; null when there is no database. */
export async function openDatabaseReadOnly(folder: string, options: StoreOptions = {}): Promise<Connection | null> {
  const { database: path } = placesOf(resolve(folder));
  if (!existsSync(path)) return null;
  const database = await connect(path, { readonly: true });
  try {
    // Its owner is just making it, or is an older Calibrant that has not brought it up to date.
    if (identify(database, MIGRATIONS) < latest(MIGRATIONS)) {
      throw new CalibrantError(
        'home-in-use',
        `The project database ${path} is in the hands of an older or just starting Calibrant; try again once that has ended.`,
      );
    }
    database.pragma('trusted_schema = OFF');
    database.pragma('cell_size_check = ON');
    return new Connection(database, () => undefined, options.onDamaged ?? (() => undefined));
  } catch (error) {
    database.close();
    throw sqliteError(error, path);
  }
}

/** Any content-addressed file: then the database was not always empty. */
async function hasFiles(home: Home): Promise<boolean> {
  return (await readdir(home.files)).some((name) => GROUP_NAME.test(name));
}

function latest(migrations: readonly Migration[]): number {
  return migrations.at(-1)?.version ?? 0;
}

/** The schema's version; 0 for a new, empty file. */
function identify(database: BetterSqlite.Database, migrations: readonly Migration[]): number {
  const applicationId = Number(database.pragma('application_id', { simple: true }));
  const version = Number(database.pragma('user_version', { simple: true }));
  const tables = Number(database.prepare<[], { n: number }>('SELECT count(*) AS n FROM sqlite_schema').get()?.n);
  const isNew = applicationId === 0 && version === 0 && tables === 0;
  if (!isNew && (applicationId !== APPLICATION_ID || version < 1 || tables === 0)) {
    throw new CalibrantError('store-corrupt', `${database.name} is not a project database of Calibrant, or its header is damaged`);
  }
  if (version > latest(migrations)) {
    throw new CalibrantError(
      'store-from-the-future',
      `The project database ${database.name} was written by a newer Calibrant (version ${version}, this one knows ${latest(migrations)}); use that one, or another data folder with CALIBRANT_HOME.`,
      { version },
    );
  }
  return version;
}

function quickCheck(database: BetterSqlite.Database): void {
  const verdict = String(database.pragma('quick_check(1)', { simple: true }));
  if (verdict !== 'ok') throw new CalibrantError('store-corrupt', verdict);
}

/** All pending steps or none. */
function migrate(database: BetterSqlite.Database, version: number, migrations: readonly Migration[]): void {
  const pending = migrations.filter((migration) => migration.version > version);
  if (pending.length === 0) return;
  // A table that is made anew would take the rows that refer to it along; what refers to nothing is looked for at the end.
  database.pragma('foreign_keys = OFF');
  database
    .transaction(() => {
      for (const migration of pending) database.exec(migration.sql);
      database.pragma(`application_id = ${APPLICATION_ID}`);
      database.pragma(`user_version = ${latest(migrations)}`);
      const [dangling] = database.pragma('foreign_key_check') as { table: string }[];
      if (dangling) throw new CalibrantError('store-corrupt', `a row of ${dangling.table} refers to something that is missing`);
    })
    .immediate();
  database.pragma('foreign_keys = ON');
}
