import { defineStore } from 'pinia';
import { computed, shallowRef, triggerRef } from 'vue';
import type { CallOutput } from '../../src-main/contract/calls.ts';
import type { JobSnapshot } from '../../src-main/contract/jobs.ts';
import { useSession } from './session.ts';

type Ended = (job: JobSnapshot) => void;

export function isActive(job: JobSnapshot): boolean {
  return job.state === 'queued' || job.state === 'running';
}

/** Every job the host knows of, kept current by its events. */
export const useJobs = defineStore('jobs', () => {
  const session = useSession();
  const byId = shallowRef(new Map<string, JobSnapshot>());
  const endings = new Set<Ended>();

  const all = computed(() => [...byId.value.values()].sort((a, b) => b.createdAt.localeCompare(a.createdAt)));
  /** Running before queued, oldest first: the first is the one that the header shows. */
  const active = computed(() =>
    all.value
      .filter(isActive)
      .reverse()
      .sort((a, b) => Number(b.state === 'running') - Number(a.state === 'running')),
  );

  function take(job: JobSnapshot): void {
    const before = byId.value.get(job.id);
    byId.value.set(job.id, job);
    triggerRef(byId);
    if (before && isActive(before) && !isActive(job)) for (const listener of endings) listener(job);
  }

  async function load(): Promise<void> {
    for (const job of await session.call('jobs.list', {})) take(job);
  }

  async function cancel(jobId: string): Promise<void> {
    await session.call('jobs.cancel', { jobId });
  }

  function log(jobId: string): Promise<CallOutput<'jobs.log'>> {
    return session.call('jobs.log', { jobId });
  }

  /** Calls back once for every job that ends while the window is open. */
  function onEnded(listener: Ended): () => void {
    endings.add(listener);
    return () => endings.delete(listener);
  }

  function listen(): void {
    session.on('job', take);
  }

  return { byId, all, active, take, load, cancel, log, onEnded, listen };
});
