import { finished } from 'node:stream/promises';
import { toErrorData } from '../../../src-main/contract/errors.ts';
import { openStore } from '../../../src-main/store/store.ts';

try {
  const store = await openStore(process.argv[2] ?? '');
  console.log(JSON.stringify({ projects: store.projects.list().length }));
  await finished(process.stdin.resume());
  store.close();
} catch (error) {
  console.log(JSON.stringify(toErrorData(error)));
}
