import { shallowRef, watch } from 'vue';
import type { CallOutput } from '../../src-main/contract/calls.ts';
import { toErrorData, type ErrorData } from '../../src-main/contract/errors.ts';
import { useJobs } from './jobs.ts';

/** The log of one job while someone looks at it (null: nobody does). Every event of the job may have brought lines; one question at a time. */
export function useJobLog(jobId: () => string | null) {
  const jobs = useJobs();
  const lines = shallowRef<CallOutput<'jobs.log'>>([]);
  const error = shallowRef<ErrorData | null>(null);
  let asking = false;
  let again = false;

  async function ask(id: string): Promise<void> {
    if (asking) {
      again = true;
      return;
    }
    asking = true;
    try {
      const answer = await jobs.log(id);
      if (id === jobId()) lines.value = answer;
      error.value = null;
    } catch (thrown) {
      error.value = toErrorData(thrown);
    }
    asking = false;
    const now = jobId();
    if (again && now) {
      again = false;
      await ask(now);
    }
  }

  watch([jobId, () => jobs.byId.get(jobId() ?? '')], ([id], [before]) => {
    if (id !== before) lines.value = [];
    if (id) void ask(id);
  }, { immediate: true }); // prettier-ignore

  return { lines, error };
}
