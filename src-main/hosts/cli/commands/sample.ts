import { join } from 'node:path';
import type { Command } from 'commander';
import { defaultHome, forkRunner, runSample, type SampleOutcome } from '../../../app/index.ts';
import { PLACES } from '../../places.ts';
import { counted, percent, points, table } from '../format.ts';
import { addJson } from '../options.ts';
import type { Terminal } from '../terminal.ts';
import { comparison } from '../evaluation-summary.ts';

interface Flags {
  out?: string;
  home?: string;
  json?: true;
}

export function addSample(program: Command, terminal: Terminal): void {
  const command = program
    .command('sample')
    .description('quantizes the bundled sample and shows what that costs')
    .option('--out <folder>', 'where the model and the report go (sample-output)')
    .option('--home <folder>', 'the data folder');
  addJson(command).action(async ({ out, home, json }: Flags) => {
    const outcome = await runSample({
      home: home === undefined ? defaultHome() : terminal.path(home),
      resources: PLACES.resources,
      output: out === undefined ? join(PLACES.root, 'sample-output') : terminal.path(out),
      spawnRunner: forkRunner(PLACES.runnerEntry),
      onProgress: terminal.progress,
      signal: terminal.signal,
    });
    terminal.result(json ? JSON.stringify(outcome) : summary(outcome));
  });
}

function summary({ result, modelPath, reportPath }: SampleOutcome): string {
  const { evaluate } = result;
  const rows = [['', 'float', 'INT8'], ...comparison(evaluate.against ? [evaluate.against, evaluate] : [evaluate])];
  const { agreement, delta } = evaluate;
  const difference = delta?.top1 == null ? [] : [`top-1 ${points(delta.top1)}, on ${counted(evaluate.images, 'image')} that did not calibrate`];
  const same = agreement == null ? [] : [`same class on ${percent(agreement)} of them`];
  return [
    table(rows),
    [...difference, ...same].join('; '),
    '',
    table([
      ['INT8 model', modelPath],
      ['report', reportPath],
      ['window', 'npm start (the run is in its sample project)'],
    ]),
  ].join('\n');
}
