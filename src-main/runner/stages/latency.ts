import type { Tensor } from 'onnxruntime-node';
import { throwIfCancelled } from '../feed.ts';
import type { Session } from '../session.ts';

export const WARM_UP = 3;
const ROUNDS = 60;
const ROUNDS_AT_LEAST = 5;
const BUDGET_MS = 3000;

/**
 * Milliseconds of one inference, per session. The sessions take turns on the same inputs, so that a slower moment of the machine meets all of them, and
 * nothing is decoded meanwhile. Measured after an evaluation, when every code path is warm.
 */
export async function measureLatency(sessions: readonly Session[], tensors: readonly Tensor[], signal: AbortSignal): Promise<number[][]> {
  const times = sessions.map((): number[] => []);
  const start = performance.now();
  for (let round = -WARM_UP; round < ROUNDS; round += 1) {
    if (round >= ROUNDS_AT_LEAST && performance.now() - start > BUDGET_MS) break;
    throwIfCancelled(signal);
    const tensor = tensors[Math.abs(round) % tensors.length] as Tensor;
    for (const turn of sessions.keys()) {
      // Who goes first changes, since the second finds the input in the cache.
      const which = round % 2 === 0 ? turn : sessions.length - 1 - turn;
      const before = performance.now();
      await (sessions[which] as Session).run(tensor);
      if (round >= 0) times[which]?.push(performance.now() - before);
    }
  }
  return times;
}
