import { resolve } from 'node:path';
import { defineConfig } from 'vite';

/** The desktop's preload: a sandboxed preload is CommonJS, one file, and can load nothing but Electron. */
export default defineConfig({
  publicDir: false,
  build: {
    outDir: 'dist/main',
    emptyOutDir: false,
    target: 'chrome140',
    minify: false,
    lib: { entry: resolve(import.meta.dirname, 'src-main/hosts/desktop/preload.ts'), formats: ['cjs'], fileName: () => 'preload.cjs' },
    rollupOptions: { external: ['electron'] },
  },
});
