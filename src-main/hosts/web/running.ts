import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';

const RunningSchema = v.object({ pid: v.number(), startedAt: v.string(), port: v.number(), token: v.string() });
const LinkSchema = v.object({ link: v.string() });

const fileIn = (home: string): string => join(home, 'web-host.json');

/** Tells later starts on the same data folder, and nobody but this user, where this host is. Returns what takes it back. */
export async function publish(home: string, { port, token }: { port: number; token: string }): Promise<() => Promise<void>> {
  const file = fileIn(home);
  const running: v.InferOutput<typeof RunningSchema> = { pid: process.pid, startedAt: new Date().toISOString(), port, token };
  await rm(`${file}.new`, { force: true });
  await writeFile(`${file}.new`, JSON.stringify(running), { mode: 0o600, flag: 'wx' });
  await rename(`${file}.new`, file);
  return () => rm(file, { force: true });
}

/** A fresh link to the host that runs on this data folder; null when none does. A file that a crash left behind names a host that does not answer. */
export async function linkOfRunning(home: string): Promise<string | null> {
  try {
    const { pid, port, token } = v.parse(RunningSchema, JSON.parse(await readFile(fileIn(home), 'utf8')));
    process.kill(pid, 0);
    const response = await fetch(`http://127.0.0.1:${port}/link`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(2000),
    });
    return v.parse(LinkSchema, await response.json()).link;
  } catch {
    return null;
  }
}
