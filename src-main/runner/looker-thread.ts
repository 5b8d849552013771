/** The entry of a thread that looks at images: see `looker-threads.ts`, which starts it and knows what is said. */
import { parentPort, workerData } from 'node:worker_threads';
import { toErrorData } from '../contract/errors.ts';
import { openComparison } from './diagnose/comparison.ts';
import type { Looker } from './looker.ts';
import type { Answer, Question, Work } from './looker-threads.ts';
import { openInference } from './inference.ts';
import { openObservation } from './observation.ts';

const port = parentPort;
if (!port) throw new Error('This is a thread of the runner');

function open(work: Work): Promise<Looker<unknown, unknown>> {
  switch (work.kind) {
    case 'observation':
      return openObservation(work.task);
    case 'comparison':
      return openComparison(work.task);
    case 'inference':
      return openInference(work.task);
  }
}
const say = (answer: Answer): void => port.postMessage(answer);

try {
  const looker = await open(workerData as Work);
  port.on('message', (question: Question) => {
    void answer(question).catch((error: unknown) => say({ type: 'failed', error: toErrorData(error) }));
  });
  const answer = async (question: Question): Promise<void> => {
    switch (question.type) {
      case 'look':
        return say({ type: 'looked', seen: await looker.look(question.image) });
      case 'collect':
        return say({ type: 'collected', collected: await looker.collected() });
      case 'close':
        await looker.close();
        port.close();
    }
  };
  say({ type: 'ready' });
} catch (error) {
  say({ type: 'failed', error: toErrorData(error) });
}
