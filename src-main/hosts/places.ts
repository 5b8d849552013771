import { join, resolve } from 'node:path';

// src-main/hosts in a checkout and dist/main in a build are equally deep, so both find the same root.
const root = resolve(import.meta.dirname, '../..');
const built = import.meta.filename.endsWith('.js');

/** Where the parts of Calibrant lie: a checkout runs its TypeScript directly, a build its bundles. */
export const PLACES = {
  root,
  renderer: join(root, 'dist/renderer'),
  resources: join(root, 'resources'),
  runnerEntry: built ? join(import.meta.dirname, 'runner.js') : join(root, 'src-main/runner/main.ts'),
  preload: join(root, 'dist/main/preload.cjs'),
} as const;
