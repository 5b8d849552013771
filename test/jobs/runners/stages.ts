import { appendFileSync, renameSync, writeFileSync } from 'node:fs';
import { STAGES, type FromRunner, type ToRunner } from '../../../src-main/contract/jobs.ts';
import { runResult } from '../../fixtures/records.ts';

/** Walks through the stages of a run and writes its files as a runner should: under a temporary name until they are whole. */
const send = (message: FromRunner): void => void process.send?.(message);
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

process.on('disconnect', () => process.exit(0));
process.on('message', (message: ToRunner) => {
  if (message.type === 'start' && message.job.kind === 'run') void work(message.job.output, message.job.statistics);
});

async function work(output: string, statistics: string): Promise<void> {
  send({ type: 'ready' });
  for (const stage of STAGES) {
    for (let done = 0; done <= 4; done++) {
      send({ type: 'progress', progress: { stage, stages: [...STAGES], done, total: 4, rate: null, secondsLeft: null } });
      if (stage === 'statistics') appendFileSync(`${statistics}.tmp`, `{"part": ${done}}\n`);
      if (stage === 'emit') appendFileSync(`${output}.tmp`, `half a model ${done} `);
      await sleep(10);
    }
    if (stage === 'statistics') renameSync(`${statistics}.tmp`, statistics);
    if (stage === 'emit') {
      writeFileSync(`${output}.tmp`, `the whole model of ${output}`);
      renameSync(`${output}.tmp`, output);
    }
  }
  send({ type: 'done', result: { ...runResult, quantize: { ...runResult.quantize, output } } });
}
