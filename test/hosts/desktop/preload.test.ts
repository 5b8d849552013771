import { resolve } from 'node:path';
import { build, type Rollup } from 'vite';
import { expect, it } from 'vitest';

it('is bundled into one CommonJS file that requires nothing but Electron, as a sandboxed preload must be', async () => {
  const configFile = resolve(import.meta.dirname, '../../../vite.preload.config.ts');
  const [bundle] = (await build({ configFile, logLevel: 'warn', build: { write: false } })) as Rollup.RollupOutput[];
  expect(bundle?.output.map((file) => file.fileName)).toEqual(['preload.cjs']);
  const code = bundle?.output[0].code ?? '';
  expect([...code.matchAll(/require\(["'](.+?)["']\)/g)].map((match) => match[1])).toEqual(['electron']);
  expect(code).not.toMatch(/\bimport\b\s*[({"']|^export /m);

  const exposed: Record<string, object> = {};
  const electron = { contextBridge: { exposeInMainWorld: (key: string, api: object) => (exposed[key] = api) }, ipcRenderer: {}, webUtils: {} };
  // Runs the bundle the way Electron does: as the body of a function that is handed `require`.
  new Function('require', 'module', 'exports', code)(() => electron, {}, {});
  expect(Object.entries(exposed).map(([key, api]) => [key, Object.keys(api)])).toEqual([['calibrant', ['call', 'onEvent', 'pathOf']]]);
});
