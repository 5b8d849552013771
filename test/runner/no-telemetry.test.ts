import { mkdtempSync, readdirSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ROOT } from '../hosts/cli/cli.ts';
import { SAMPLE } from './harness.ts';

// What ONNX Runtime 1.30 leaves in the temporary folder of a process whose uploader of usage events has started.
it.skipIf(process.platform !== 'linux')('ONNX Runtime starts no uploader of usage events in a runner', () => {
  const run = (environment: NodeJS.ProcessEnv, args: string[]): string[] => {
    const TMPDIR = mkdtempSync(join(tmpdir(), 'calibrant-telemetry-'));
    const { status, stderr } = spawnSync(process.execPath, args, { env: { ...process.env, ...environment, TMPDIR }, encoding: 'utf8' });
    expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
    return readdirSync(TMPDIR).filter((name) => name.startsWith('mat-debug'));
  };
  const open = `require(${JSON.stringify(join(ROOT, 'node_modules/onnxruntime-node'))}).InferenceSession.create(${JSON.stringify(SAMPLE.model)}).then((s) => s.release())`;
  // Without the variable it does start, or this test would prove nothing.
  expect(run({ ORT_DISABLE_TELEMETRY: '' }, ['-e', `delete process.env.ORT_DISABLE_TELEMETRY; ${open}`])).toHaveLength(1);
  expect(run({ ORT_DISABLE_TELEMETRY: '' }, [join(ROOT, 'src-main/hosts/cli/calibrant.js'), 'inspect', SAMPLE.model, '--json'])).toEqual([]);
});
