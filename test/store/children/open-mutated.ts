import { isDeepStrictEqual } from 'node:util';
import { ERROR_CODES, toErrorData } from '../../../src-main/contract/errors.ts';
import { openStore } from '../../../src-main/store/store.ts';
import { runResult } from '../../fixtures/records.ts';

/** Opens a home and reads and writes all there is, for each folder given. One JSON line each: a code, or what was read. */
for (const folder of process.argv.slice(2)) {
  const damaged: string[] = [];
  try {
    const store = await openStore(folder, { onDamaged: (error) => damaged.push(error.code) });
    const attempt = <T>(read: () => T): T | null => {
      try {
        return read();
      } catch (error) {
        damaged.push(toErrorData(error).code);
        return null;
      }
    };
    try {
      const projects = store.projects.list();
      for (const { id } of projects) {
        for (const read of [store.models.current, store.datasets.current, store.recipes.current, store.results.gate]) attempt(() => read(id));
      }
      const runs = projects.flatMap(({ id }) => store.runs.list(id));
      const results = runs.flatMap(({ id }) => attempt(() => store.results.ofRun(id)) ?? []);
      const wrong = results.filter((result) => !isDeepStrictEqual(result, runResult)).length;
      store.jobs.list();
      store.jobs.recover(store.home.instanceId);
      store.projects.create('after');
      console.log(JSON.stringify({ projects: projects.length, runs: runs.length, wrong, damaged }));
    } finally {
      store.close();
    }
  } catch (error) {
    const { code, message } = toErrorData(error);
    console.log(JSON.stringify({ code: code in ERROR_CODES ? code : 'unknown', message }));
  }
}
