import type { AnyEvent } from '../contract/calls.ts';
import { toErrorData, type ErrorData } from '../contract/errors.ts';
import { createQueue } from '../jobs/queue.ts';
import { createService } from '../jobs/service.ts';
import { openStore } from '../store/store.ts';
import { tellChanged, type Context } from './context.ts';
import { handlersOf } from './handlers.ts';
import { createRouter } from './router.ts';
import type { App, AppOptions } from './types.ts';
import { worker } from './work.ts';

/** The window asks for thumbnails in bursts; a minute later its process is not needed any more. */
const SERVICE = { idleMs: 60_000, timeoutMs: 60_000 };

const ENDED = ['done', 'failed', 'cancelled', 'interrupted'];

/** Opens the data folder and starts the application on it. Throws what `openStore` throws, e.g. `home-in-use`. */
export async function createApp(options: AppOptions): Promise<App> {
  const listeners = new Set<(event: AnyEvent) => void>();
  const tell = (event: AnyEvent): void => listeners.forEach((listener) => listener(event));
  const damaged: ErrorData[] = [];
  const store = await openStore(options.home, {
    onDamaged: (error) => {
      damaged.push(toErrorData(error));
      tell({ event: 'damaged', payload: toErrorData(error) });
    },
  });
  const context: Context = {
    options,
    store,
    service: createService(options.spawnRunner, SERVICE),
    queue: createQueue({ records: store.jobs, owner: store.home.instanceId, run: worker(store, options.spawnRunner) }),
    damaged,
    tell,
  };
  context.queue.subscribe((job) => {
    context.tell({ event: 'job', payload: job });
    if (ENDED.includes(job.state)) tellChanged(context, job.projectId, job.runId ? 'runs' : 'project');
  });
  context.queue.recover();
  return {
    home: store.home.folder,
    incoming: store.home.incoming,
    dispatch: createRouter(handlersOf(context)),
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: async () => {
      await context.queue.close();
      context.service.close();
      store.close();
    },
  };
}
