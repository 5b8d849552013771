import { mkdtempSync, readdirSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ROOT } from '../hosts/cli/cli.ts';
import { SAMPLE } from './harness.ts';

// What ONNX Runtime 1.30 leaves in the temporary folder of a process whose uploader of usage events has started.
it.skipIf(process.platform !== 'linux')('ONNX Runtime starts no uploader of usage events in a runner', ({ skip }) => {
  // A bare environment: ONNX Runtime stays silent too where one of a dozen variables, CI among them, speaks of a build machine.
  const run = (args: string[]): string[] => {
    const TMPDIR = mkdtempSync(join(tmpdir(), 'calibrant-telemetry-'));
    const { status, stderr } = spawnSync(process.execPath, args, { env: { PATH: process.env['PATH'], HOME: TMPDIR, TMPDIR }, encoding: 'utf8' });
    expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
    return readdirSync(TMPDIR).filter((name) => name.startsWith('mat-debug'));
  };
  const open = `require(${JSON.stringify(join(ROOT, 'node_modules/onnxruntime-node'))}).InferenceSession.create(${JSON.stringify(SAMPLE.model)}).then((s) => s.release())`;
  if (run(['-e', open]).length === 0) skip('ONNX Runtime starts no uploader on this machine even when it is let, so nothing would be shown');
  expect(run([join(ROOT, 'src-main/hosts/cli/calibrant.js'), 'inspect', SAMPLE.model, '--json'])).toEqual([]);
});
