import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'vite';

/** The window. Its page must live under the strict CSP of the hosts: no inline scripts or styles, no data: addresses, relative paths only. */
export default defineConfig({
  root: 'src-renderer',
  base: './',
  plugins: [vue()],
  // Runtime-only Vue: templates are compiled here, since compiling in the page would need eval.
  resolve: { alias: { vue: 'vue/dist/vue.runtime.esm-bundler.js' } },
  define: { __VUE_OPTIONS_API__: 'false', __VUE_PROD_DEVTOOLS__: 'false' },
  build: {
    outDir: '../dist/renderer',
    emptyOutDir: true,
    target: 'chrome140',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
