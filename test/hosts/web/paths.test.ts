import { mkdir, mkdtemp, realpath, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { createBrowser } from '../../../src-main/hosts/web/browse.ts';
import { isInside } from '../../../src-main/hosts/paths.ts';
import { createRoots, type Roots } from '../../../src-main/hosts/web/paths.ts';

let base: string;
let root: string;
let roots: Roots;

beforeAll(async () => {
  base = await realpath(await mkdtemp(join(tmpdir(), 'calibrant-paths-')));
  root = join(base, 'root');
  await mkdir(join(root, 'Bilder ä'), { recursive: true });
  await mkdir(join(root, '.ssh'));
  await mkdir(join(base, 'rootbeer'));
  for (const file of ['m10.onnx', 'm9.onnx', 'M.ONNX', 'a.png', 'labels.csv', 'notes.doc', '.hidden.onnx']) await writeFile(join(root, file), 'x');
  await writeFile(join(base, 'secret.onnx'), 'x');
  await symlink(base, join(root, 'out'));
  await symlink(join(base, 'secret.onnx'), join(root, 'link.onnx'));
  await symlink(join(root, 'm9.onnx'), join(root, 'inner.onnx'));
  await symlink(join(root, 'nowhere'), join(root, 'broken.onnx'));
  roots = await createRoots([root], [join(base, 'home')]);
});

describe('paths that a window may name', () => {
  it('are absolute and inside a root, with links followed', async () => {
    expect(await roots.check(join(root, 'm9.onnx'))).toBe(join(root, 'm9.onnx'));
    expect(await roots.check(join(root, 'inner.onnx'))).toBe(join(root, 'm9.onnx'));
    expect(await roots.check(`${root}/Bilder ä/../m9.onnx`)).toBe(join(root, 'm9.onnx'));
    expect(await roots.check(join(base, 'home', 'incoming', 'x.onnx'))).toBe(join(base, 'home/incoming/x.onnx'));
  });

  it('may not exist yet, and a missing file outside is refused like an existing one', async () => {
    expect(await roots.check(join(root, 'not/there.onnx'))).toBe(join(root, 'not/there.onnx'));
    for (const path of [join(base, 'secret.onnx'), join(base, 'none.onnx')])
      await expect(roots.check(path)).rejects.toMatchObject({ code: 'path-not-allowed' });
  });

  it.each([
    '',
    '.',
    'm9.onnx',
    './root',
    '..',
    'ROOT/../secret.onnx',
    'ROOT/out/secret.onnx',
    'ROOT/out/none',
    'ROOT/link.onnx',
    'BASE/rootbeer',
    'BASE',
    '/',
    '//server/share/m.onnx',
    '\\\\server\\share\\m.onnx',
    'ROOT/m9.onnx\0.png',
    'file:///etc/passwd',
    '~/m9.onnx',
  ])(
    // prettier-ignore
    'cannot be %j',
    async (path) => {
      await expect(roots.check(path.replace('ROOT', root).replace('BASE', base))).rejects.toMatchObject({ code: 'path-not-allowed' });
    },
  );

  it('never leave the roots, whatever the text', async () => {
    const part = fc.oneof(fc.constantFrom('..', '.', 'out', 'root', 'link.onnx', '~', '%2e%2e', '\\..', ''), fc.string());
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 8 }), fc.boolean(), async (parts, fromRoot) => {
        const path = (fromRoot ? `${root}/` : '') + parts.join('/');
        const found = await roots.check(path).catch(() => root);
        expect(isInside(root, found) || isInside(join(base, 'home'), found)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});

describe('the path browser', () => {
  it('lists folders first, then the models, in their natural order; nothing hidden, nothing outside', async () => {
    const listing = await createBrowser(roots)(null, 'model');
    expect(listing).toMatchObject({ path: root, parent: null, roots: [root], more: false });
    expect(listing.entries.map((entry) => entry.name)).toEqual(['Bilder ä', 'inner.onnx', 'M.ONNX', 'm9.onnx', 'm10.onnx']);
    expect(listing.entries[3]).toEqual({ name: 'm9.onnx', path: join(root, 'm9.onnx'), kind: 'file', bytes: 1 });
  });

  it('lists data files for data, and knows the way up inside the roots', async () => {
    const browse = createBrowser(roots);
    expect((await browse(root, 'data')).entries.map((entry) => entry.name)).toEqual(['Bilder ä', 'a.png', 'labels.csv']);
    expect(await browse(join(root, 'Bilder ä'), 'data')).toMatchObject({ parent: root, entries: [] });
  });

  it('stops at 1000 entries and says so', async () => {
    const many = join(root, 'Bilder ä');
    for (let i = 0; i < 1001; i++) await writeFile(join(many, `${i}.png`), '');
    const listing = await createBrowser(roots)(many, 'data');
    expect(listing).toMatchObject({ more: true, entries: { length: 1000 } });
    expect(listing.entries.at(-1)?.name).toBe('999.png');
  });

  it.each(['ROOT/none', 'ROOT/m9.onnx'])('cannot list %s', async (path) => {
    await expect(createBrowser(roots)(path.replace('ROOT', root), 'model')).rejects.toMatchObject({ code: 'not-found' });
  });

  it('cannot list outside', async () => {
    await expect(createBrowser(roots)(base, 'model')).rejects.toMatchObject({ code: 'path-not-allowed' });
  });
});
