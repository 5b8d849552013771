import { defineStore } from 'pinia';
import { computed, ref, shallowRef, triggerRef, watch } from 'vue';
import type { CallInput } from '../../src-main/contract/calls.ts';
import type { Criteria } from '../../src-main/contract/criteria.ts';
import type { RunDetail, RunRow } from '../../src-main/contract/projects.ts';
import type { Recipe } from '../../src-main/contract/recipe.ts';
import { toErrorData, type ErrorData } from '../../src-main/contract/errors.ts';
import { useJobs } from './jobs.ts';
import { useNotices } from './notices.ts';
import { useProject } from './project.ts';
import { useSession } from './session.ts';

/** What a person can write to a run. */
export type Annotation = Pick<RunRow, 'tags' | 'note'>;

/** The runs of the open project, and the details of those that were looked at. */
export const useRuns = defineStore('runs', () => {
  const session = useSession();
  const notices = useNotices();
  const jobs = useJobs();
  const project = useProject();
  const projectId = ref<string | null>(null);
  const rows = shallowRef<RunRow[]>([]);
  const loaded = ref(false);
  const error = shallowRef<ErrorData | null>(null);
  const details = shallowRef(new Map<string, RunDetail>());
  /** The run in the address, if any. */
  const chosenId = ref<string | null>(null);

  const byId = computed(() => new Map(rows.value.map((row) => [row.id, row])));
  /** The run that the status line and the inspector speak of: the one in the address, else the newest finished one. */
  const current = computed<RunRow | null>(() => {
    const chosen = byId.value.get(chosenId.value ?? '');
    if (chosen) return chosen;
    const done = rows.value.filter((row) => row.state === 'done');
    return done.sort((a, b) => b.createdAt.localeCompare(a.createdAt))[0] ?? null;
  });
  const currentDetail = computed(() => (current.value ? (details.value.get(current.value.id) ?? null) : null));
  /** The run that others are compared with; null means the float model itself. */
  const baseline = computed(() => byId.value.get(project.current?.baselineId ?? '') ?? null);

  let asking: Promise<void> | null = null;
  let askAgain = false;

  /** One question at a time: a change that comes while the answer is on its way is asked for after it. */
  function load(ofProject: string): Promise<void> {
    if (projectId.value !== ofProject) {
      projectId.value = ofProject;
      rows.value = [];
      details.value = new Map();
      loaded.value = false;
      asking = null;
    }
    askAgain = asking !== null;
    asking ??= ask(ofProject).finally(() => {
      if (projectId.value === ofProject) asking = null;
    });
    return asking;
  }

  async function ask(ofProject: string): Promise<void> {
    do {
      askAgain = false;
      try {
        const list = await session.call('runs.list', { projectId: ofProject });
        if (projectId.value !== ofProject) return;
        rows.value = list;
        error.value = null;
      } catch (thrown) {
        if (projectId.value !== ofProject) return;
        error.value = toErrorData(thrown);
      }
      loaded.value = true;
    } while (askAgain);
  }

  function close(): void {
    projectId.value = null;
    rows.value = [];
    details.value = new Map();
    error.value = null;
    loaded.value = false;
    asking = null;
  }

  async function reload(): Promise<void> {
    if (projectId.value) await load(projectId.value);
  }

  /** The whole of one run; finished ones are asked for once. Rejects with the host's error. */
  async function detail(runId: string): Promise<RunDetail> {
    const known = details.value.get(runId);
    return known?.row.state === 'done' ? known : refresh(runId);
  }

  /** Asks again; until the answer is there, what was known stays on the screen. */
  async function refresh(runId: string): Promise<RunDetail> {
    const fresh = await session.call('runs.get', { runId });
    details.value.set(runId, fresh);
    triggerRef(details);
    return fresh;
  }

  async function start(recipe: Recipe, name?: string, from?: CallInput<'runs.start'>['from']): Promise<RunRow> {
    if (!projectId.value) throw new Error('no project is open');
    const { run, job } = await session.call('runs.start', { projectId: projectId.value, recipe, ...(name ? { name } : {}), ...(from ? { from } : {}) });
    jobs.take(job);
    await reload();
    return run;
  }

  /** Puts a changed row in its place, without asking for all others. */
  function take(row: RunRow): void {
    rows.value = rows.value.map((one) => (one.id === row.id ? row : one));
    const known = details.value.get(row.id);
    if (known) details.value.set(row.id, { ...known, row });
    triggerRef(details);
  }

  /** Says what was done, and how it is taken back. */
  function undoable(text: string, undo: () => Promise<void>): void {
    notices.show({ level: 'info', text, undo: true, action: { label: 'Undo', run: undo } });
  }

  async function rename(runId: string, name: string): Promise<void> {
    const before = byId.value.get(runId)?.name;
    const set = async (to: string): Promise<void> => take(await session.call('runs.rename', { runId, name: to }));
    if (before === name) return;
    await set(name);
    if (before !== undefined) undoable(`Renamed “${before}” to “${name}”.`, () => set(before));
  }

  /** Writes tags or a note to a run; what is not given stays. */
  async function annotate(row: Pick<RunRow, 'id' | 'name'> & Annotation, change: Partial<Annotation>): Promise<void> {
    const set = async (to: Partial<Annotation>): Promise<void> => take(await session.call('runs.annotate', { runId: row.id, ...to }));
    const before: Partial<Annotation> = { ...(change.tags ? { tags: row.tags } : {}), ...(change.note === undefined ? {} : { note: row.note }) };
    if (JSON.stringify(before) === JSON.stringify(change)) return;
    await set(change);
    undoable(`Changed the ${change.tags ? 'tags' : 'note'} of “${row.name}”.`, () => set(before));
  }

  /** Into the trash. */
  async function remove(row: Pick<RunRow, 'id' | 'name'>): Promise<void> {
    await session.call('runs.remove', { runId: row.id });
    // Before the row disappears: who then presses Ctrl-Z at once means this one.
    undoable(`Removed the run “${row.name}”.`, async () => {
      await session.call('runs.restore', { runId: row.id });
      await reload();
    });
    await reload();
  }

  /** Compares with this run from now on; null goes back to the float model. */
  async function pin(runId: string | null): Promise<void> {
    const of = projectId.value;
    const before = project.current?.baselineId ?? null;
    if (!of || before === runId) return;
    const set = async (to: string | null): Promise<void> => project.take(await session.call('projects.pinBaseline', { projectId: of, runId: to }));
    await set(runId);
    const name = byId.value.get(runId ?? '')?.name;
    undoable(name === undefined ? 'The float model is the baseline again.' : `“${name}” is the baseline.`, () => set(before));
  }

  /** What every run of the project is held against. */
  async function saveCriteria(criteria: Criteria): Promise<void> {
    const of = projectId.value;
    const before = project.current?.criteria;
    if (!of || !before || JSON.stringify(before) === JSON.stringify(criteria)) return;
    const set = async (to: Criteria): Promise<void> => {
      project.take(await session.call('projects.saveCriteria', { projectId: of, criteria: to }));
      await reload();
    };
    await set(criteria);
    undoable('Changed the acceptance criteria.', () => set(before));
  }

  function listen(): void {
    session.on('changed', (change) => {
      if (change.what === 'runs' && change.projectId === projectId.value) void reload();
    });
    jobs.onEnded((job) => {
      if (job.runId) details.value.delete(job.runId);
      // The advice of the run that it was started from now knows what came of it.
      const from = byId.value.get(job.runId ?? '')?.from?.runId;
      if (from && details.value.has(from)) refresh(from).catch(() => details.value.delete(from));
      if (job.projectId === projectId.value) void reload();
    });
    watch(() => project.current?.id, moveOldPin);
  }

  /** Earlier versions kept the baseline on this machine instead of in the project. */
  async function moveOldPin(id: string | undefined): Promise<void> {
    const place = `calibrant.baseline.${id}`;
    const runId = localStorage.getItem(place);
    if (!id || runId === null) return;
    localStorage.removeItem(place);
    if (project.current?.baselineId !== null) return;
    try {
      project.take(await session.call('projects.pinBaseline', { projectId: id, runId }));
    } catch {
      // The run is not there any more, so there is nothing to compare with.
    }
  }

  return {
    projectId, rows, loaded, error, details, chosenId, current, currentDetail, baseline,
    load, close, reload, detail, start, rename, annotate, remove, pin, saveCriteria, listen,
  }; // prettier-ignore
});
