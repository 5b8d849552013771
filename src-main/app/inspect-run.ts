import type { CallOutput, CheckedInput } from '../contract/calls.ts';
import { CalibrantError } from '../contract/errors.ts';
import type { Context } from './context.ts';

/** What the window asks about single tensors and images of a finished run. */
export async function runRanges(_context: Context, _input: CheckedInput<'runs.ranges'>): Promise<CallOutput<'runs.ranges'>> {
  throw new CalibrantError('usage-not-supported-yet', 'not there yet');
}
export async function runWeight(_context: Context, _input: CheckedInput<'runs.weight'>): Promise<CallOutput<'runs.weight'>> {
  throw new CalibrantError('usage-not-supported-yet', 'not there yet');
}
export async function runChannels(_context: Context, _input: CheckedInput<'runs.channels'>): Promise<CallOutput<'runs.channels'>> {
  return [];
}
export async function runImage(_context: Context, _input: CheckedInput<'runs.image'>): Promise<CallOutput<'runs.image'>> {
  throw new CalibrantError('usage-not-supported-yet', 'not there yet');
}
