import { spawn } from 'node:child_process';
import * as electron from 'electron';
import { expect, it, vi } from 'vitest';
import { utilityRunner } from '../../../src-main/hosts/desktop/runner.ts';
import { forked } from '../../fakes/electron.ts';

function start() {
  const runner = utilityRunner(electron.utilityProcess, '/dist/runner.js')();
  const child = forked.at(-1);
  if (!child) throw new Error('nothing was forked');
  return { runner, child };
}

it('runs the entry with a clean environment', () => {
  vi.stubEnv('NODE_OPTIONS', '--require /evil.js');
  vi.stubEnv('LD_PRELOAD', '/evil.so');
  vi.stubEnv('ELECTRON_RUN_AS_NODE', '1');
  const { child } = start();
  expect(child.entry).toBe('/dist/runner.js');
  expect(Object.keys(child.options?.env ?? {}).filter((name) => /NODE_OPTIONS|LD_PRELOAD|ELECTRON/.test(name))).toEqual([]);
  expect(child.options?.env).toHaveProperty('PATH');
  vi.unstubAllEnvs();
});

it('carries messages both ways and tells how the process ended', () => {
  const { runner, child } = start();
  const messages: unknown[] = [];
  const exits: unknown[] = [];
  runner.onMessage((message) => messages.push(message));
  runner.onExit((exit) => exits.push(exit));
  runner.send({ type: 'cancel' });
  child.emit('message', { type: 'ready' });
  child.stderr.emit('data', Buffer.from('terminate called'));
  child.emit('exit', 134);
  expect(child.sent).toEqual([{ type: 'cancel' }]);
  expect(messages).toEqual([{ type: 'ready' }]);
  expect(exits).toEqual([{ code: 134, signal: null, stderr: 'terminate called' }]);
});

it('tells an end by signal from one of its own', () => {
  const { runner, child } = start();
  const signals: (string | null)[] = [];
  runner.onExit(({ signal }) => signals.push(signal));
  child.emit('exit', 9);
  expect(signals).toEqual(['SIGKILL']);
});

it('kills for certain', async () => {
  const { runner, child } = start();
  runner.kill();
  expect(child.killed).toBe(true);
  const real = spawn(process.execPath, ['-e', 'process.on("SIGTERM", () => {}); setInterval(() => {}, 1000)']);
  child.pid = real.pid;
  expect(runner.pid).toBe(real.pid);
  const ended = new Promise((done) => real.once('exit', (_code, signal) => done(signal)));
  runner.kill();
  expect(await ended).toBe('SIGKILL');
  expect(() => runner.kill()).not.toThrow();
});
