import './no-telemetry.ts';
import * as v from 'valibot';
import { CalibrantError, toErrorData } from '../contract/errors.ts';
import { JOB_RESULTS, ToRunnerSchema, type JobSpec } from '../contract/jobs.ts';
import { openPort } from './port.ts';

const HEARTBEAT_MS = 1000;

const port = openPort();
const cancel = new AbortController();
let service: ReturnType<typeof startService> | undefined;
let started = false;

port.onMessage((raw) => {
  const parsed = v.safeParse(ToRunnerSchema, raw);
  if (!parsed.success) {
    port.send({ type: 'failed', error: toErrorData(new CalibrantError('internal', 'The runner was sent a message that it does not know.')) });
    return;
  }
  const message = parsed.output;
  if (message.type === 'cancel') cancel.abort();
  if (message.type === 'ask') void answer(message.id, message.call, message.input);
  if (message.type === 'start' && !started) {
    started = true;
    void (message.job.kind === 'service' ? undefined : work(message.job));
  }
});
port.onClosed(() => process.exit(0));
// A terminal's Ctrl-C reaches the whole process group; its host asks for a clean end, which would otherwise come too late.
process.on('SIGINT', () => undefined);
setInterval(() => port.send({ type: 'heartbeat' }), HEARTBEAT_MS).unref();
port.send({ type: 'ready' });

/** Native modules are loaded only now, so that `ready` and a cancel before the start are not kept waiting. */
async function work(job: Exclude<JobSpec, { kind: 'service' }>): Promise<void> {
  try {
    const { runJob } = await import('./jobs.ts');
    const result = await runJob(job, {
      signal: cancel.signal,
      report: (progress) => port.send({ type: 'progress', progress }),
      log: (level, text) => port.send({ type: 'log', level, message: text }),
    });
    port.send({ type: 'done', result: v.parse(JOB_RESULTS[job.kind], result) });
  } catch (error) {
    port.send({ type: 'failed', error: toErrorData(error) });
  }
  port.leave();
}

async function startService() {
  const { createService } = await import('./service.ts');
  return createService();
}

async function answer(id: number, call: string, input: unknown): Promise<void> {
  try {
    service ??= startService();
    const ask = await service;
    port.send({ type: 'answer', id, value: await ask(call, input) });
  } catch (error) {
    port.send({ type: 'refused', id, error: toErrorData(error) });
  }
}
