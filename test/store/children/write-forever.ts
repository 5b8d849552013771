import { openStore } from '../../../src-main/store/store.ts';
import { seed } from '../seeded.ts';

/** Finishes run after run and says each one's id once it is safe, until it is killed. */
const store = await openStore(process.argv[2] ?? '');
const project = store.projects.list()[0];
const seeded = await seed(store, project ? `project ${Date.now()}` : 'first');
for (;;) {
  const started = seeded.start('run');
  store.jobs.claim(store.home.instanceId);
  const row = await seeded.finish(started);
  process.stdout.write(`${row.id}\n`);
}
