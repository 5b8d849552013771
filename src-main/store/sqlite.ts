import type BetterSqlite from 'better-sqlite3';
import { CalibrantError } from '../contract/errors.ts';

/** better-sqlite3 13 takes an older Node down without a message while it is being loaded, so the version is looked at first. */
export async function loadSqlite(nodeVersion = process.versions.node): Promise<typeof BetterSqlite> {
  if (Number.parseInt(nodeVersion, 10) < 22) {
    throw new CalibrantError(
      'host-cannot',
      `Calibrant needs Node 22 or newer and was started with Node ${nodeVersion}; use the npm scripts, which bring their own.`,
    );
  }
  return (await import('better-sqlite3')).default;
}

/** A connection to the file at `path`, made if it is not there. Throws CalibrantError. */
export async function connect(path: string, options?: BetterSqlite.Options): Promise<BetterSqlite.Database> {
  const Database = await loadSqlite();
  try {
    return new Database(path, options);
  } catch (error) {
    throw sqliteError(error, path);
  }
}

/** What SQLite or the file system says, as an error for the user. `place` is the file or folder that it is about. */
export function sqliteError(thrown: unknown, place: string): CalibrantError {
  if (thrown instanceof CalibrantError) return thrown;
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : '';
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  const details = { place, code, text };
  if (/^(SQLITE_FULL|ENOSPC|EDQUOT)$/.test(code)) {
    return new CalibrantError(
      'disk-full',
      `The disk that holds ${place} is full; free some space and try again. What was finished before is safe.`,
      details,
      thrown,
    );
  }
  if (/^SQLITE_(CORRUPT|NOTADB|IOERR_SHORT_READ|IOERR_CORRUPTFS|MISMATCH)/.test(code)) {
    return new CalibrantError(
      'store-corrupt',
      `The project database ${place} is damaged (${text}); close Calibrant and start it again, it then sets the file aside and keeps it.`,
      details,
      thrown,
    );
  }
  if (/^(SQLITE_(READONLY|CANTOPEN|PERM|IOERR)|EACCES|EPERM|EROFS|ENOTDIR|EEXIST|EISDIR|EIO)/.test(code)) {
    return new CalibrantError(
      'home-not-writable',
      `${place} cannot be written (${text}); make it writable, or choose another data folder with CALIBRANT_HOME.`,
      details,
      thrown,
    );
  }
  if (/^SQLITE_BUSY/.test(code)) {
    return new CalibrantError('home-in-use', `The project database ${place} is being used by another program; close that and try again.`, details, thrown);
  }
  return new CalibrantError('internal', `Calibrant failed on something it should have foreseen: ${text}. Please report it with the details.`, details, thrown);
}
