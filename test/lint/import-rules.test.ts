import { ESLint } from 'eslint';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../..');

/** Lints `code` as if it were the file `path` of the project. */
async function rulesBroken(path: string, code: string): Promise<string[]> {
  const [result] = await new ESLint({ cwd: root }).lintText(code, { filePath: resolve(root, path) });
  return (result?.messages ?? []).map((message) => message.ruleId ?? message.message);
}

const rooms = 'boundaries/dependencies';
const packages = '@typescript-eslint/no-restricted-imports';

describe('the import rules bite', () => {
  it.each([
    ['core may not import a room', 'src-main/core/quant/x.ts', `export * from '../../app/types.ts';`, rooms],
    ['the runner may not import the store', 'src-main/runner/x.ts', `export * from '../store/store.ts';`, rooms],
    ['jobs may not import the store', 'src-main/jobs/x.ts', `export * from '../store/store.ts';`, rooms],
    ['a host may not import core', 'src-main/hosts/cli/x.ts', `export * from '../../core/quant/types.ts';`, rooms],
    ['the window may not import the app', 'src-renderer/views/x.ts', `export * from '../../src-main/app/types.ts';`, rooms],
    ['nobody imports the runner', 'src-main/app/x.ts', `export * from '../runner/main.ts';`, rooms],
    ['core is pure', 'src-main/core/onnx/x.ts', `export { readFileSync } from 'node:fs';`, packages],
    ['onnxruntime-node belongs to the runner', 'src-main/jobs/x.ts', `export * from 'onnxruntime-node';`, packages],
    ['sharp belongs to the runner', 'src-main/app/x.ts', `export * from 'sharp';`, packages],
    ['better-sqlite3 belongs to the store', 'src-main/app/x.ts', `export * from 'better-sqlite3';`, packages],
    ['electron belongs to the desktop host', 'src-main/hosts/web/x.ts', `export * from 'electron';`, packages],
  ])('%s', async (_, path, code, rule) => {
    expect(await rulesBroken(path, code)).toContain(rule);
  });

  it.each([
    ['app may import the store', 'src-main/app/x.ts', `export * from '../store/store.ts';`],
    ['the window may import the contract', 'src-renderer/views/x.ts', `export * from '../../src-main/contract/calls.ts';`],
    ['the runner may import onnxruntime-node', 'src-main/runner/x.ts', `export * from 'onnxruntime-node';`],
    ['the desktop host may import electron', 'src-main/hosts/desktop/x.ts', `export * from 'electron';`],
  ])('%s', async (_, path, code) => {
    expect(await rulesBroken(path, code)).toEqual([]);
  });
});
