import { availableParallelism } from 'node:os';
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
    // Most tests wait for processes of their own half of the time; one worker less than processors, the default, leaves a core of two idle.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // Hundreds of processes start from the same sources: compiled once, a runner is ready after 0.2 s of work instead of 0.6 s.
    env: { NODE_COMPILE_CACHE: resolve(import.meta.dirname, 'node_modules/.cache/node') },
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
