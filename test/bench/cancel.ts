/** From the cancel button to the state "cancelled", in the stages that last. Goal: < 1 s. Run: node test/bench/cancel.ts */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cancelIn } from '../faults/cancel.ts';
import { realApp } from '../fixtures/real-app.ts';

const ROUNDS = 5;

const home = await mkdtemp(join(tmpdir(), 'calibrant-bench-'));
const real = await realApp(home);
try {
  const { id } = await real.call('projects.openSample', {});
  for (const stage of ['statistics', 'evaluate', 'diagnose'] as const) {
    const times: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const { job, ms } = await cancelIn(real, id, stage);
      if (job.state !== 'cancelled') throw new Error(`The job was ${job.state} instead of cancelled`);
      times.push(ms);
    }
    times.sort((a, b) => a - b);
    console.log(`cancel in ${stage}: ${times[ROUNDS >> 1]?.toFixed(0)} ms median, ${times.at(-1)?.toFixed(0)} ms worst of ${ROUNDS}`);
  }
} finally {
  await real.app.close();
  await rm(home, { recursive: true, force: true });
}
