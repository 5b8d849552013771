import { mkdir, rename } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { CalibrantError } from '../contract/errors.ts';
import type { Home } from './home.ts';

/**
 * Moves a damaged database out of the way, together with its log and with the files that only it knows the names of (the next start's sweep
 * would take them for rubbish). Moving everything back undoes it. Returns the error that says where it is.
 */
export async function setAside(home: Home, cause: CalibrantError): Promise<CalibrantError> {
  const folder = join(home.damaged, new Date().toISOString().replaceAll(':', '-'));
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const path of [`${home.database}-wal`, `${home.database}-shm`, home.files, home.models, home.database]) {
    await rename(path, join(folder, basename(path))).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
    });
  }
  return new CalibrantError(
    'store-corrupt',
    `The project database in ${home.folder} is damaged. It was moved to ${folder} with all its files and nothing was deleted; start Calibrant again to go on with an empty one.`,
    { folder, reason: cause.message },
    cause,
  );
}
