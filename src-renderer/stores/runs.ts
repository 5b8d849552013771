import { defineStore } from 'pinia';
import { computed, ref, shallowRef, triggerRef } from 'vue';
import type { RunDetail, RunRow } from '../../src-main/contract/projects.ts';
import type { Recipe } from '../../src-main/contract/recipe.ts';
import { toErrorData, type ErrorData } from '../../src-main/contract/errors.ts';
import { useJobs } from './jobs.ts';
import { useNotices } from './notices.ts';
import { useSession } from './session.ts';

/** The runs of the open project, and the details of those that were looked at. */
export const useRuns = defineStore('runs', () => {
  const session = useSession();
  const notices = useNotices();
  const jobs = useJobs();
  const projectId = ref<string | null>(null);
  const rows = shallowRef<RunRow[]>([]);
  const loaded = ref(false);
  const error = shallowRef<ErrorData | null>(null);
  const details = shallowRef(new Map<string, RunDetail>());
  /** The run in the address, if any. */
  const chosenId = ref<string | null>(null);
  const pinnedId = ref<string | null>(null);

  /** The run that the status line and the inspector speak of: the one in the address, else the newest finished one. */
  const current = computed<RunRow | null>(() => {
    const chosen = rows.value.find((row) => row.id === chosenId.value);
    if (chosen) return chosen;
    const done = rows.value.filter((row) => row.state === 'done');
    return done.sort((a, b) => b.createdAt.localeCompare(a.createdAt))[0] ?? null;
  });
  const currentDetail = computed(() => (current.value ? (details.value.get(current.value.id) ?? null) : null));
  /** The run that others are compared with; null means the float model itself. */
  const baseline = computed(() => rows.value.find((row) => row.id === pinnedId.value) ?? null);

  async function load(ofProject: string): Promise<void> {
    if (projectId.value !== ofProject) {
      projectId.value = ofProject;
      rows.value = [];
      details.value = new Map();
      loaded.value = false;
      pinnedId.value = localStorage.getItem(pinKey(ofProject));
    }
    try {
      const list = await session.call('runs.list', { projectId: ofProject });
      if (projectId.value !== ofProject) return;
      rows.value = list;
      error.value = null;
    } catch (thrown) {
      error.value = toErrorData(thrown);
    }
    loaded.value = true;
  }

  function close(): void {
    projectId.value = null;
    rows.value = [];
    details.value = new Map();
    error.value = null;
    loaded.value = false;
  }

  async function reload(): Promise<void> {
    if (projectId.value) await load(projectId.value);
  }

  /** The whole of one run; finished ones are asked for once. Rejects with the host's error. */
  async function detail(runId: string): Promise<RunDetail> {
    const known = details.value.get(runId);
    if (known?.row.state === 'done') return known;
    const fresh = await session.call('runs.get', { runId });
    details.value.set(runId, fresh);
    triggerRef(details);
    return fresh;
  }

  async function start(recipe: Recipe, name?: string): Promise<RunRow> {
    if (!projectId.value) throw new Error('no project is open');
    const { run, job } = await session.call('runs.start', { projectId: projectId.value, recipe, ...(name ? { name } : {}) });
    jobs.take(job);
    await reload();
    return run;
  }

  async function rename(runId: string, name: string): Promise<void> {
    await session.call('runs.rename', { runId, name });
    details.value.delete(runId);
    await reload();
  }

  /** Into the trash, with a notice that brings it back. */
  async function remove(row: Pick<RunRow, 'id' | 'name'>): Promise<void> {
    await session.call('runs.remove', { runId: row.id });
    await reload();
    notices.show({
      level: 'info',
      text: `Removed the run “${row.name}”.`,
      undo: true,
      action: {
        label: 'Undo',
        run: async () => {
          await session.call('runs.restore', { runId: row.id });
          await reload();
        },
      },
    });
  }

  /** Compares with this run from now on, on this machine; null goes back to the float model. */
  function pin(runId: string | null): void {
    pinnedId.value = runId;
    if (!projectId.value) return;
    if (runId) localStorage.setItem(pinKey(projectId.value), runId);
    else localStorage.removeItem(pinKey(projectId.value));
  }

  function listen(): void {
    session.on('changed', (change) => {
      if (change.what === 'runs' && change.projectId === projectId.value) void reload();
    });
    jobs.onEnded((job) => {
      if (job.runId) details.value.delete(job.runId);
      if (job.projectId === projectId.value) void reload();
    });
  }

  return {
    projectId,
    rows,
    loaded,
    error,
    details,
    chosenId,
    current,
    currentDetail,
    baseline,
    load,
    close,
    reload,
    detail,
    start,
    rename,
    remove,
    pin,
    listen,
  };
});

function pinKey(projectId: string): string {
  return `calibrant.baseline.${projectId}`;
}
