/** All figures that the issues name, one script after the other, each in a process of its own so that none warms up the next. */
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';

const SCRIPTS = ['accuracy', 'quantize', 'collector', 'store', 'cancel', 'cold-start'];

const only = process.argv.slice(2);
let failed = false;
for (const name of only.length > 0 ? only : SCRIPTS) {
  console.log(`\n— ${name}`);
  const { status } = spawnSync(process.execPath, [resolve(import.meta.dirname, `${name}.ts`)], { stdio: 'inherit' });
  failed ||= status !== 0;
}
process.exitCode = failed ? 1 : 0;
