import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { defaultHome } from '../../src-main/store/home.ts';
import { remoteName } from '../../src-main/store/network-drive.ts';
import { loadSqlite } from '../../src-main/store/sqlite.ts';
import { openStore } from '../../src-main/store/store.ts';
import { canMount, smallDisk, temporaryFolder } from './home-folder.ts';

test('the data folder follows the platform, and CALIBRANT_HOME wins', () => {
  expect(defaultHome({}, 'linux', '/home/u')).toBe('/home/u/.local/share/calibrant');
  expect(defaultHome({ XDG_DATA_HOME: '/x' }, 'linux', '/home/u')).toBe('/x/calibrant');
  expect(defaultHome({}, 'darwin', '/Users/u')).toBe('/Users/u/Library/Application Support/Calibrant');
  expect(defaultHome({ APPDATA: '/Roaming' }, 'win32', '/u')).toBe('/Roaming/Calibrant');
  for (const platform of ['linux', 'darwin', 'win32'] as const) expect(defaultHome({ CALIBRANT_HOME: '/mine', XDG_DATA_HOME: '/x' }, platform)).toBe('/mine');
});

test('an old Node is told before the native module is loaded', async () => {
  await expect(loadSqlite('20.19.1')).rejects.toMatchObject({ code: 'host-cannot', message: expect.stringContaining('20.19.1') as string });
});

test('the folder is made for its owner alone', async () => {
  const folder = join(temporaryFolder(), 'a', 'b');
  const store = await openStore(folder);
  if (process.platform !== 'win32') expect(statSync(folder).mode & 0o777).toBe(0o700);
  store.close();
});

test('a second start on the same folder is refused, names the first, and does no harm', async () => {
  const folder = temporaryFolder();
  const first = await openStore(folder);
  first.projects.create('mine');
  writeFileSync(join(first.home.work, 'in use'), '');
  await expect(openStore(folder)).rejects.toMatchObject({ code: 'home-in-use', details: { pid: process.pid, folder } });
  const other = await secondStart(folder);
  expect(other).toMatchObject({ code: 'home-in-use', message: expect.stringContaining(`process ${process.pid}`) as string });
  expect(statSync(join(first.home.work, 'in use')).size).toBe(0);
  first.projects.create('still mine');
  first.close();
  expect(await secondStart(folder)).toEqual({ projects: 2 });
});

test('of many starts at the same moment one wins', async () => {
  const folder = temporaryFolder();
  const starts = Array.from({ length: 5 }, () => start(folder, 'pipe'));
  const outcomes = await Promise.all(starts.map(({ outcome }) => outcome));
  for (const { child } of starts) child.stdin?.end();
  expect(outcomes.filter((outcome) => 'projects' in outcome)).toHaveLength(1);
  expect(outcomes.filter((outcome) => 'code' in outcome && outcome.code === 'home-in-use')).toHaveLength(4);
});

test('a file in the place of the folder', async () => {
  const path = join(temporaryFolder(), 'home');
  writeFileSync(path, '');
  await expect(openStore(path)).rejects.toMatchObject({ code: 'home-not-writable', message: expect.stringContaining(path) as string });
  await expect(openStore(join(path, 'deeper'))).rejects.toMatchObject({ code: 'home-not-writable' });
});

test.each(['calibrant.db', 'lock.db', 'running.json'])('a folder in the place of %s', async (name) => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, name));
  await expect(openStore(folder)).rejects.toMatchObject({ code: 'home-not-writable' });
});

test.skipIf(!canMount)('a read-only disk', async () => {
  const disk = smallDisk(20);
  const home = join(disk.folder, 'home');
  mkdirSync(home);
  disk.makeReadOnly();
  await expect(openStore(home)).rejects.toMatchObject({ code: 'home-not-writable' });
});

test('network drives are known by their type, FUSE ones by their name in the mount table', () => {
  const mountinfo = [
    '22 1 254:0 / / rw - ext4 /dev/vda rw',
    '40 22 0:50 / /home/u/far\\040away rw,nosuid - fuse.sshfs u@host:/ rw',
    '41 22 0:51 / /home/u/stick rw - fuse.ntfs-3g /dev/sdb1 rw',
  ].join('\n');
  const FUSE = 0x65735546;
  expect(remoteName(0x6969, '/net', '')).toBe('NFS');
  expect(remoteName(0xfe534d42, '/net', '')).toBe('SMB2');
  expect(remoteName(0xff534d42 - 2 ** 32, '/net', '')).toBe('CIFS');
  expect(remoteName(0xef53, '/', mountinfo)).toBeNull();
  expect(remoteName(FUSE, '/home/u/far away/calibrant', mountinfo)).toBe('fuse.sshfs');
  expect(remoteName(FUSE, '/home/u/stick/calibrant', mountinfo)).toBeNull();
});

type Outcome = { projects: number } | { code: string; message: string };

/** Opens the folder in a process of its own, which says what it found and holds the folder until its stdin ends. */
function start(folder: string, stdin: 'pipe' | 'ignore'): { child: ChildProcess; outcome: Promise<Outcome> } {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'children', 'open-and-report.ts'), folder], { stdio: [stdin, 'pipe', 'inherit'] });
  const outcome = new Promise<Outcome>((resolve) => child.stdout?.once('data', (line: Buffer) => resolve(JSON.parse(line.toString()) as Outcome)));
  return { child, outcome };
}

async function secondStart(folder: string): Promise<Outcome> {
  const { child, outcome } = start(folder, 'ignore');
  await once(child, 'close');
  return outcome;
}
