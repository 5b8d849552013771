import { resolve } from 'node:path';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: {
    alias: {
      // Importing the real module would try to download Electron's binary.
      electron: resolve(import.meta.dirname, 'test/fakes/electron.ts'),
    },
  },
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/e2e/**'],
    // Native modules (ONNX Runtime, SQLite) in worker threads can take the whole run down.
    pool: 'forks',
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
