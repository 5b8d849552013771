import { resolve } from 'node:path';
import { defineConfig, mergeConfig } from 'vite';
import window from '../../../vite.config.ts';

/** The window on made-up data, without a host: `npx vite --config test/renderer/preview/vite.config.ts`. */
export default mergeConfig(
  window,
  defineConfig({
    root: import.meta.dirname,
    publicDir: resolve(import.meta.dirname, '../../../src-renderer/public'),
    server: { port: 5199, strictPort: true, fs: { allow: [resolve(import.meta.dirname, '../../..')] } },
  }),
);
