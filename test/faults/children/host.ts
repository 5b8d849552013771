import { writeSync } from 'node:fs';
import { realApp } from '../../fixtures/real-app.ts';
import { DISTURBED } from '../recipe.ts';

/** A host that starts a run and says which stage it has reached, in which process, until somebody kills it. */
const [home = '', projectId = ''] = process.argv.slice(2);
const real = await realApp(home);
real.onStage = (stage, pid) => void writeSync(1, `${stage} ${pid}\n`);
await real.call('runs.start', { projectId, recipe: DISTURBED });
// Without a window nothing keeps a host alive once its job is done, and on an idle machine it was gone before the kill.
setInterval(() => undefined, 1000);
