/** Between the tests and the process that plays Electron. */
export type ToElectron =
  | { id: number; type: 'invoke'; channel: string; args: unknown[]; url: string; isMainFrame: boolean }
  | { id: number; type: 'page'; method: string; path: string }
  | { id: number; type: 'choose'; path: string | null }
  | { id: number; type: 'quit' };

export interface Page {
  status: number;
  headers: Record<string, string>;
  body: Uint8Array;
}

export type FromElectron =
  | { type: 'opened'; url: string }
  | { type: 'cannot-start'; message: string }
  | { type: 'event'; channel: string; args: unknown[] }
  | { type: 'reply'; id: number; value: unknown }
  | { type: 'failed'; id: number; message: string };

/** Stands for calibrant://window, which a browser does not know; secure, as that is. */
export const ORIGIN = 'https://window.calibrant';
