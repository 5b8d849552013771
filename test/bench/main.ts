/**
 * All figures that the issues name, one script after the other, each in a process of its own so that none warms up the next.
 * Run: npm run bench [-- SCRIPT… [--options of the scripts]]
 */
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';

const SCRIPTS = ['accuracy', 'quantize', 'evaluate', 'diagnose', 'advice', 'growth', 'collector', 'store', 'cancel', 'cold-start', 'screens'];

const given = process.argv.slice(2);
const options = given.findIndex((word) => word.startsWith('--'));
const only = options < 0 ? given : given.slice(0, options);
const passed = options < 0 ? [] : given.slice(options);
let failed = false;
for (const name of only.length > 0 ? only : SCRIPTS) {
  console.log(`\n— ${name}`);
  const { status } = spawnSync(process.execPath, [resolve(import.meta.dirname, `${name}.ts`), ...passed], { stdio: 'inherit' });
  failed ||= status !== 0;
}
process.exitCode = failed ? 1 : 0;
