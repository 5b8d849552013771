import { computed, shallowRef, watch } from 'vue';
import type { ChannelErrors } from '../../../src-main/contract/evidence.ts';
import { useSession } from '../../stores/session.ts';

/** Of the last run that was asked about: a file of megabytes for all tensors together. */
let last: { runId: string; channels: Promise<readonly ChannelErrors[]> } | undefined;

/** Ranges and errors by channel of one tensor of a run; null where the run has none. What cannot be read is said where channels are the matter. */
export function useChannels(runId: () => string, tensor: () => string) {
  const session = useSession();
  const all = shallowRef<readonly ChannelErrors[]>([]);
  watch(runId, async (run) => {
    all.value = [];
    if (last?.runId !== run) last = { runId: run, channels: session.call('runs.channels', { runId: run }).catch(() => []) };
    const channels = await last.channels;
    if (runId() === run) all.value = channels;
  }, { immediate: true }); // prettier-ignore
  return computed(() => all.value.find((one) => one.tensor === tensor()) ?? null);
}
