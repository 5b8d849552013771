import { builtinModules } from 'node:module';
import { resolve } from 'node:path';
import { defineConfig } from 'vite';

const entry = (path: string): string => resolve(import.meta.dirname, 'src-main', path);

/** Native modules, and what reads files of its own package (pdfkit its font metrics). */
const OUTSIDE = ['electron', 'onnxruntime-node', 'sharp', 'better-sqlite3', 'pdfkit', 'svg-to-pdfkit'];

/** The main side for the packaged desktop: one file a process. From a checkout Node runs the sources themselves. */
export default defineConfig({
  publicDir: false,
  build: {
    outDir: 'dist/main',
    target: 'node24',
    ssr: true,
    sourcemap: true,
    rollupOptions: {
      input: {
        desktop: entry('hosts/desktop/main.ts'),
        runner: entry('runner/main.ts'),
        'looker-thread': entry('runner/looker-thread.ts'),
      },
      external: [...OUTSIDE, ...builtinModules, /^node:/],
      output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' },
    },
  },
  ssr: { noExternal: true, external: OUTSIDE },
});
