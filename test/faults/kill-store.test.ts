import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openStore } from '../../src-main/store/store.ts';
import { runResult } from '../fixtures/records.ts';
import { temporaryFolder } from '../store/home-folder.ts';

const ROUNDS = 20;
const writer = join(import.meta.dirname, '..', 'store', 'children', 'write-forever.ts');

test(
  `kill -9 of a writing process, ${ROUNDS} rounds: what it said to be finished is whole, the rest is interrupted or queued`,
  { timeout: 120_000 },
  async () => {
    const folder = temporaryFolder();
    const acknowledged: string[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      acknowledged.push(...(await writeAndKill(folder, 5 + ((round * 37) % 120))));
      const store = await openStore(folder);
      expect(store.home.endedCleanly).toBe(false);
      store.jobs.recover(store.home.instanceId);
      const rows = new Map(store.projects.list().flatMap((project) => store.runs.list(project.id).map((row) => [row.id, row])));
      for (const id of acknowledged) expect(rows.get(id)?.state, `round ${round}, run ${id}`).toBe('done');
      for (const row of rows.values()) {
        expect(['done', 'interrupted', 'queued']).toContain(row.state);
        // A torn group would be a run that is done without all of its results, or results of one that is not.
        expect(store.results.ofRun(row.id)).toEqual(row.state === 'done' ? runResult : null);
      }
      for (const row of rows.values()) {
        if (row.state !== 'done' || row.modelSha256 === null) continue;
        expect(
          createHash('sha256')
            .update(readFileSync(store.files.pathOf(row.modelSha256)))
            .digest('hex'),
        ).toBe(row.modelSha256);
      }
      store.close();
    }
    expect(acknowledged.length).toBeGreaterThan(ROUNDS);
  },
);

/** Ids of the runs that the writer reported before it died, `afterMs` behind the first. */
async function writeAndKill(folder: string, afterMs: number): Promise<string[]> {
  const child = spawn(process.execPath, [writer, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => (text += part));
  await once(child.stdout, 'data');
  await new Promise((resolve) => setTimeout(resolve, afterMs));
  child.kill('SIGKILL');
  await once(child, 'close');
  return text.split('\n').slice(0, -1);
}
