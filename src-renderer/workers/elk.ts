import type { ELK, ElkNode } from 'elkjs/lib/elk-api.js';
// elkjs' own file, unmodified and apart: its licence (EPL-2.0) wants that, and a worker needs a file anyway.
import workerUrl from 'elkjs/lib/elk-worker.min.js?url';

/** The part of Trusted Types that is used here; TypeScript's DOM types do not know them yet. */
interface TrustedTypes {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): { createScriptURL(url: string): string };
}

let trusted: { createScriptURL(url: string): string } | undefined;

/** The content security policy names this one policy (src-main/hosts/headers.ts), and it trusts this one address. */
function trustedWorkerUrl(): string {
  const types = (globalThis as { trustedTypes?: TrustedTypes }).trustedTypes;
  if (!types) return workerUrl;
  trusted ??= types.createPolicy('calibrant-worker', {
    createScriptURL: (url) => {
      if (url !== workerUrl) throw new TypeError(`No worker may be started from ${url}.`);
      return url;
    },
  });
  return trusted.createScriptURL(workerUrl);
}

export interface Layouter {
  /**
   * Aborting ends the worker at once, whatever it is doing; the next layout starts another.
   * @throws the signal's reason when aborted, else what elkjs says (very large graphs overflow its stack)
   */
  layout(graph: ElkNode, signal: AbortSignal): Promise<ElkNode>;
  dispose(): void;
}

/** elkjs in a worker of its own, which starts with the first layout and is kept for the next. */
export function createLayouter(): Layouter {
  let elk: ELK | undefined;
  function dispose(): void {
    elk?.terminateWorker();
    elk = undefined;
  }
  async function layout(graph: ElkNode, signal: AbortSignal): Promise<ElkNode> {
    const { default: Elk } = await import('elkjs/lib/elk-api.js');
    signal.throwIfAborted();
    elk ??= new Elk({ algorithms: ['layered'], workerFactory: () => new Worker(trustedWorkerUrl()) });
    const aborted = Promise.withResolvers<never>();
    const stop = (): void => {
      dispose();
      aborted.reject(signal.reason);
    };
    signal.addEventListener('abort', stop, { once: true });
    try {
      return await Promise.race([elk.layout(graph), aborted.promise]);
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }
  return { layout, dispose };
}
