/** The entry of a thread that observes: see `observation-threads.ts`, which starts it and knows what is said. */
import { parentPort, workerData } from 'node:worker_threads';
import { toErrorData } from '../contract/errors.ts';
import { openObservation, type ObservationTask } from './observation.ts';
import type { Answer, Question } from './observation-threads.ts';

const port = parentPort;
if (!port) throw new Error('This is a thread of the runner');

const say = (answer: Answer): void => port.postMessage(answer);

try {
  const observation = await openObservation(workerData as ObservationTask);
  port.on('message', (question: Question) => {
    void answer(question).catch((error: unknown) => say({ type: 'failed', error: toErrorData(error) }));
  });
  const answer = async (question: Question): Promise<void> => {
    switch (question.type) {
      case 'look':
        return say({ type: 'looked', bad: await observation.look(question.image) });
      case 'collect':
        return say({ type: 'collected', collected: await observation.collected() });
      case 'close':
        await observation.close();
        port.close();
    }
  };
  say({ type: 'ready' });
} catch (error) {
  say({ type: 'failed', error: toErrorData(error) });
}
