import type { AnyEvent } from '../contract/calls.ts';
import type { ErrorData } from '../contract/errors.ts';
import type { Queue } from '../jobs/queue.ts';
import type { Service } from '../jobs/service.ts';
import type { Store } from '../store/store.ts';
import type { AppOptions } from './types.ts';

/** What every use case works with. */
export interface Context {
  options: AppOptions;
  store: Store;
  queue: Queue;
  /** Questions about models and images, answered by a runner. */
  service: Service;
  /** Rows that the store left out, for windows that come later. */
  damaged: readonly ErrorData[];
  tell(event: AnyEvent): void;
}

/** The window asks again for what it shows of a project. */
export function tellChanged(context: Context, projectId: string, what: 'project' | 'runs' = 'project'): void {
  context.tell({ event: 'changed', payload: { projectId, what } });
  context.tell({ event: 'changed', payload: { projectId: null, what: 'projects' } });
}
