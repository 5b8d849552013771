import { mkdir, mkdtemp, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readAssets } from '../../src-main/hosts/assets.ts';

it('lists the built window’s own files, and neither links nor files of unknown type', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'calibrant assets ä-'));
  await expect(readAssets(folder)).rejects.toMatchObject({ code: 'host-cannot' });
  await expect(readAssets(join(folder, 'none'))).rejects.toMatchObject({ code: 'host-cannot' });
  await mkdir(join(folder, 'assets'));
  for (const file of ['index.html', 'assets/a-1.js', 'assets/a-1.js.map', 'secret']) await writeFile(join(folder, file), file);
  await symlink('/etc/hostname', join(folder, 'link.txt'));
  await symlink('/etc', join(folder, 'etc'));
  const assets = await readAssets(folder);
  expect([...assets.keys()].sort()).toEqual(['/', '/assets/a-1.js', '/index.html']);
  expect(assets.get('/assets/a-1.js')).toMatchObject({ type: 'text/javascript; charset=utf-8', immutable: true });
  expect(assets.get('/')).toMatchObject({ immutable: false });
});
