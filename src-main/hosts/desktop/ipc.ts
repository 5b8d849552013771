import type { IpcMain, IpcMainInvokeEvent } from 'electron';
import * as v from 'valibot';
import { CalibrantError, toErrorData } from '../../contract/errors.ts';
import type { Answer, Endpoint } from '../../contract/transport.ts';
import { CHANNELS } from './channels.ts';
import { isOurs } from './protocol.ts';

/** Whoever sent a message: only these two fields decide whether it is listened to. */
export type Sender = Pick<IpcMainInvokeEvent, 'senderFrame'>;

const CallSchema = v.strictObject({ call: v.string(), input: v.unknown() });
const PathSchema = v.pipe(v.string(), v.minLength(1), v.maxLength(4096));

/** Only the main frame of a page of ours. A null frame (already gone or navigated away) is nobody. */
export function isTrustedSender({ senderFrame }: Sender): boolean {
  return senderFrame !== null && senderFrame.parent === null && isOurs(senderFrame.url);
}

/** Answers the window's calls. The sender is checked here, the name and the input by the application. */
export function installIpc(ipcMain: Pick<IpcMain, 'handle'>, app: Pick<Endpoint, 'dispatch'>, isTrusted: (event: Sender) => boolean = isTrustedSender): void {
  ipcMain.handle(CHANNELS.call, async (event, message: unknown): Promise<Answer> => {
    if (!isTrusted(event)) return refusal('call-forbidden', 'Only the window of Calibrant itself may call it.');
    const checked = v.safeParse(CallSchema, message);
    if (!checked.success) return refusal('call-invalid', 'A message of the window is malformed; reload the window.');
    return app.dispatch(checked.output.call, checked.output.input);
  });
}

/** Lets dropped files be named in calls: answers with the granted path, or with "" to whoever is not our window. */
export function installGrants(
  ipcMain: Pick<IpcMain, 'handle'>,
  grants: { grant(path: string): Promise<string> },
  isTrusted: (event: Sender) => boolean = isTrustedSender,
): void {
  ipcMain.handle(CHANNELS.grant, async (event, path: unknown): Promise<string> => {
    const checked = v.safeParse(PathSchema, path);
    return isTrusted(event) && checked.success ? grants.grant(checked.output) : '';
  });
}

/** Sends the application's events to a window until it is gone. */
export function forwardEvents(
  app: Pick<Endpoint, 'subscribe'>,
  contents: { send(channel: string, ...args: unknown[]): void; isDestroyed(): boolean },
): () => void {
  const stop = app.subscribe((event) => {
    if (contents.isDestroyed()) stop();
    else contents.send(CHANNELS.event, event);
  });
  return stop;
}

function refusal(code: 'call-forbidden' | 'call-invalid', message: string): Answer {
  return { ok: false, error: toErrorData(new CalibrantError(code, message)) };
}
