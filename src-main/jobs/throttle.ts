export interface Throttled {
  /** Now if the last time is long enough ago, else once when it is. */
  soon(): void;
  /** Drops what is pending. */
  stop(): void;
}

/** At most one `action` per `everyMs`; the last request is never lost. */
export function throttle(everyMs: number, action: () => void): Throttled {
  let last = -Infinity;
  let pending: NodeJS.Timeout | undefined;
  const act = (): void => {
    pending = undefined;
    last = performance.now();
    action();
  };
  return {
    soon: () => {
      if (pending) return;
      const wait = last + everyMs - performance.now();
      if (wait <= 0) act();
      else pending = setTimeout(act, wait);
    },
    stop: () => clearTimeout(pending),
  };
}
