import * as v from 'valibot';
import { CALLS, type CallName, type CallOutput, type CheckedInput } from '../contract/calls.ts';
import { CalibrantError, toErrorData } from '../contract/errors.ts';
import type { Answer } from '../contract/transport.ts';

/** One function for every call of the contract. */
export type Handlers = { [K in CallName]: (input: CheckedInput<K>) => CallOutput<K> | Promise<CallOutput<K>> };

/** "name: must be …" for the first thing wrong with a value. */
function firstIssue(issues: readonly v.BaseIssue<unknown>[]): string {
  const issue = issues[0];
  const at = issue?.path?.map((item) => String(item.key)).join('.');
  return `${at ? `${at}: ` : ''}${issue?.message ?? 'invalid'}`;
}

/**
 * The only way into the application: checks the name, the input and the output of every call, whichever transport brought it. Never throws.
 */
export function createRouter(handlers: Handlers): (call: string, input: unknown) => Promise<Answer> {
  return async (call, input) => {
    try {
      if (!Object.hasOwn(CALLS, call)) {
        throw new CalibrantError(
          'call-unknown',
          `There is no call named "${call.slice(0, 80)}"; the window and its host may be of different versions, reload the window.`,
        );
      }
      const name = call as CallName;
      const checked = v.safeParse(CALLS[name].input, input);
      if (!checked.success) {
        throw new CalibrantError('call-invalid', `The input of ${name} is not valid: ${firstIssue(checked.issues)}.`);
      }
      const handler = handlers[name] as (input: unknown) => unknown;
      const value = await handler(checked.output);
      return { ok: true, value: v.parse(CALLS[name].output, value) };
    } catch (thrown) {
      return { ok: false, error: toErrorData(thrown) };
    }
  };
}
