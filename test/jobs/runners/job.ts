import { spawnSync } from 'node:child_process';
import type { FromRunner, ToRunner } from '../../../src-main/contract/jobs.ts';
import { evaluateResult } from '../../fixtures/records.ts';

/** A runner that behaves as the model's name tells it to. */
const send = (message: FromRunner | { type: 'nonsense' }): void => void process.send?.(message);
const progress = (done: number): void =>
  send({ type: 'progress', progress: { stage: 'evaluate', stages: ['load', 'evaluate'], done, total: 100, rate: null, secondsLeft: null } });
const beat = (): void => void setInterval(() => send({ type: 'heartbeat' }), 50);

const BEHAVIOURS: Record<string, () => void> = {
  works: () => {
    send({ type: 'log', level: 'info', message: 'loading' });
    for (let done = 0; done <= 100; done += 10) progress(done);
    send({ type: 'done', result: evaluateResult });
  },
  fails: () => send({ type: 'failed', error: { code: 'data-no-images', message: 'No images in /d.', details: { folder: '/d' } } }),
  aborts: () => process.abort(),
  leaves: () => process.exit(0),
  hangs: () => {
    for (;;);
  },
  'runs out of memory': () => {
    // The heap's limit is fixed when a process starts, and filling a whole one takes half a minute: a smaller process dies in this one's place.
    const hog = 'const kept = []; for (;;) kept.push(Array.from({ length: 10_000 }, Math.random))';
    spawnSync(process.execPath, ['--max-old-space-size=20', '-e', hog], { stdio: ['ignore', 'ignore', 'inherit'] });
    process.abort();
  },
  'ignores cancel': () => {
    beat();
    progress(50);
  },
  'stops when asked': () => {
    beat();
    progress(50);
    process.on('message', (message: ToRunner) => {
      if (message.type === 'cancel') send({ type: 'failed', error: { code: 'job-cancelled', message: 'between two batches' } });
    });
  },
  'finishes when cancelled': () => {
    beat();
    progress(50);
    process.on('message', (message: ToRunner) => {
      if (message.type === 'cancel') send({ type: 'done', result: evaluateResult });
    });
  },
  'sends a wrong result': () => send({ type: 'done', result: { ...evaluateResult, top1: 140 } }),
  'sends nonsense': () => send({ type: 'nonsense' }),
  'does not leave': () => {
    beat();
    process.removeAllListeners('disconnect');
    send({ type: 'log', level: 'info', message: String(process.pid) });
    send({ type: 'done', result: evaluateResult });
  },
  'tells its environment': () => {
    send({ type: 'log', level: 'info', message: JSON.stringify({ environment: process.env, flags: process.execArgv }) });
    send({ type: 'done', result: evaluateResult });
  },
  'works slowly': () => {
    beat();
    let done = 0;
    setInterval(() => {
      progress(++done);
      if (done === 100) send({ type: 'done', result: evaluateResult });
    }, 20);
  },
};

process.on('disconnect', () => process.exit(0));
process.on('message', (message: ToRunner) => {
  if (message.type !== 'start' || message.job.kind !== 'evaluate') return;
  send({ type: 'ready' });
  // The message must be on its way before a behaviour that blocks or dies.
  setTimeout(BEHAVIOURS[message.job.model] ?? process.abort, 20);
});
