import type { FromRunner } from '../contract/jobs.ts';

/** The line to whoever started this process. */
export interface Port {
  send(message: FromRunner): void;
  onMessage(listener: (raw: unknown) => void): void;
  /** The parent is gone; nobody waits for an answer. */
  onClosed(listener: () => void): void;
  /** Ends the process once everything has been sent. */
  leave(): void;
}

/** What Electron puts on `process` in a utility process. */
interface ParentPort {
  postMessage(message: unknown): void;
  on(event: 'message', listener: (event: { data: unknown }) => void): void;
}

/** Electron flushes a port in its own time and does not say when; its supervisor ends the process anyway. */
const FLUSH_MS = 500;

/** The same line over `child_process.fork` and over Electron's `utilityProcess`. */
export function openPort(): Port {
  const parentPort = (process as { parentPort?: ParentPort }).parentPort;
  if (parentPort) {
    return {
      send: (message) => parentPort.postMessage(message),
      onMessage: (listener) => parentPort.on('message', (event) => listener(event.data)),
      // Electron ends its utility processes itself.
      onClosed: () => undefined,
      leave: () => void setTimeout(() => process.exit(0), FLUSH_MS),
    };
  }
  if (!process.send) {
    process.stderr.write('This is the process that works on jobs for Calibrant; start Calibrant itself.\n');
    process.exit(2);
  }
  return {
    // An error here means that the parent is gone, which `disconnect` tells too.
    send: (message) => void process.send?.(message, undefined, {}, () => undefined),
    onMessage: (listener) => void process.on('message', listener),
    onClosed: (listener) => void process.on('disconnect', listener),
    leave: () => {
      // Messages are written in order: when this one is through, all are.
      if (process.connected) process.send?.({ type: 'heartbeat' } satisfies FromRunner, undefined, {}, () => process.exit(0));
      else process.exit(0);
    },
  };
}
