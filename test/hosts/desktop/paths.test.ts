import { mkdir, mkdtemp, realpath, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Dialog } from 'electron';
import { beforeEach, describe, expect, it } from 'vitest';
import { createPick } from '../../../src-main/hosts/desktop/dialogs.ts';
import { createGrants } from '../../../src-main/hosts/desktop/grants.ts';
import { dialog, dialogs } from '../../fakes/electron.ts';

let folder: string;
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'calibrant grants ä-')));
  await mkdir(join(folder, 'images'));
  await writeFile(join(folder, 'm.onnx'), 'x');
  await symlink(join(folder, 'm.onnx'), join(folder, 'images', 'out.onnx'));
});

describe('granted paths', () => {
  it('are what was granted and what is inside a granted folder', async () => {
    const grants = createGrants();
    expect(await grants.grant(join(folder, 'images'))).toBe(join(folder, 'images'));
    expect(await grants.check(join(folder, 'images', 'a', 'b.png'))).toBe(join(folder, 'images', 'a', 'b.png'));
    for (const path of ['m.onnx', 'images/../m.onnx', 'images2', 'images/out.onnx', '.']) {
      await expect(grants.check(`${folder}/${path}`), path).rejects.toMatchObject({ code: 'path-not-allowed' });
    }
    for (const path of ['images', '', `${folder}/images\0`]) await expect(grants.check(path)).rejects.toMatchObject({ code: 'path-not-allowed' });
  });
});

describe('the native dialog', () => {
  it('grants what was chosen in it', async () => {
    const grants = createGrants();
    const pick = createPick(dialog as unknown as Dialog, grants, () => null);
    dialogs.answer = { canceled: false, filePaths: [join(folder, 'm.onnx')] };
    expect(await pick('model')).toBe(join(folder, 'm.onnx'));
    expect(dialogs.asked.at(-1)).toMatchObject({ properties: ['openFile'], filters: [{ extensions: ['onnx'] }] });
    expect(await grants.check(join(folder, 'm.onnx'))).toBe(join(folder, 'm.onnx'));
  });

  it('grants nothing when it is dismissed', async () => {
    const grants = createGrants();
    dialogs.answer = { canceled: true, filePaths: [folder] };
    expect(await createPick(dialog as unknown as Dialog, grants, () => null)('data')).toBeNull();
    expect(dialogs.asked.at(-1)).toMatchObject({ properties: ['openDirectory'] });
    await expect(grants.check(folder)).rejects.toMatchObject({ code: 'path-not-allowed' });
  });
});
