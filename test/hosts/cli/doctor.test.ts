import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import { expect, it } from 'vitest';
import { DoctorResultSchema } from '../../../src-main/contract/evidence.ts';
import { calibrant, ROOT } from './cli.ts';

const model = join(ROOT, 'resources/sample/model.onnx');
const data = join(ROOT, 'resources/sample/images');

it('looks at the calibration images: JSON has all of it, the summary what decides', async () => {
  // Its own folder for temporary files: the models that were evaluated must not be left in it.
  const temporary = mkdtempSync(join(tmpdir(), 'calibrant doctor ä-'));
  const [json, text] = await Promise.all([
    calibrant(['doctor', model, '--data', data, '--samples', '12', '--no-accuracy', '--json'], { env: { TMPDIR: temporary, TEMP: temporary } }),
    calibrant(['doctor', model, '--data', data, '--samples', '12', '--seed', '3', '--no-accuracy'], { env: { TMPDIR: temporary, TEMP: temporary } }),
  ]);
  expect(json.code).toBe(0);
  const result = v.parse(DoctorResultSchema, JSON.parse(json.stdout));
  expect(result).toMatchObject({ images: 12, total: 400, accuracy: [], classes: { known: 10 } });
  expect(text.code).toBe(0);
  expect(text.stdout).toMatch(/^(Enough|Too few images|One image|\d+ of 12 images).*\n\n12 images of 400 calibrate\n/);
  expect(text.stdout).toMatch(/images +median +5th percentile +least\n5 /);
  expect(text.stdout).toMatch(/\d+ images cover 99 % of every range: /);
  expect(readdirSync(temporary).filter((name) => name.startsWith('calibrant'))).toEqual([]);
});

it('says what it needs, and where nothing calibrates', async () => {
  const [without, dynamic] = await Promise.all([
    calibrant(['doctor', model]),
    calibrant(['doctor', model, '--data', data, '--format', 'dynamic', '--no-accuracy']),
  ]);
  expect(without).toMatchObject({ code: 2, stderr: expect.stringContaining('doctor needs --data FOLDER') as string });
  expect(dynamic).toMatchObject({ code: 2, stderr: expect.stringContaining('No images calibrate: the format dynamic needs no images') as string });
});
