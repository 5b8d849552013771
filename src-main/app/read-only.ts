import { CalibrantError } from '../contract/errors.ts';
import type { Project, ProjectCard, RunDetail, RunRow } from '../contract/projects.ts';
import { openReadOnly, type StoreReader } from '../store/store.ts';
import { runRows } from './run-rows.ts';
import { runDetail } from './runs.ts';

/** The projects of a data folder, also while an application has it open. Empty when nothing was ever stored there. */
export function listProjects(home: string): Promise<ProjectCard[]> {
  return reading(home, (store) => store?.projects.list() ?? []);
}

/** One project and its runs; null when there is none of that id. */
export function showProject(home: string, id: string): Promise<{ project: ProjectCard; runs: RunRow[] } | null> {
  return reading(home, (store) => {
    const project = store?.projects.list().find((card) => card.id === id);
    return store && project ? { project, runs: runRows(store, id) } : null;
  });
}

export interface ProjectRuns {
  project: Pick<Project, 'id' | 'name' | 'criteria' | 'baselineId'>;
  /** Newest first. */
  runs: RunRow[];
}

/**
 * The runs of one project.
 * @param wanted its id or name; null: the project that was changed last. Throws `not-found`, naming what there is.
 */
export function listRuns(home: string, wanted: string | null): Promise<ProjectRuns> {
  return reading(home, (store) => {
    const cards = store?.projects.list() ?? [];
    const card = cards.find(({ id, name }) => wanted === null || id === wanted || name === wanted);
    if (!store || !card) throw notThere('project', wanted, cards);
    const { id, name, criteria, baselineId } = store.projects.get(card.id);
    return { project: { id, name, criteria, baselineId }, runs: runRows(store, id) };
  });
}

/**
 * Runs with all their results.
 * @param wanted ids or names; of several with one name the newest. Throws `not-found`, naming what there is.
 */
export function findRuns(home: string, wanted: readonly string[]): Promise<RunDetail[]> {
  return reading(home, (store) => {
    const rows = store?.projects.list().flatMap(({ id }) => store.runs.list(id)) ?? [];
    const newestFirst = rows.toSorted((a, b) => b.createdAt.localeCompare(a.createdAt));
    return wanted.map((one) => {
      const row = newestFirst.find(({ id }) => id === one) ?? newestFirst.find(({ name }) => name === one);
      if (!store || !row) throw notThere('run', one, newestFirst);
      return runDetail(store, row.id);
    });
  });
}

async function reading<T>(home: string, read: (store: StoreReader | null) => T): Promise<T> {
  const store = await openReadOnly(home);
  try {
    return read(store);
  } finally {
    store?.close();
  }
}

const NAMED = 5;

function notThere(what: 'project' | 'run', wanted: string | null, known: readonly { id: string; name: string }[]): CalibrantError {
  const reason = wanted === null ? `There is no ${what} yet` : `There is no ${what} "${wanted}"`;
  const some = known.slice(0, NAMED).map(({ id, name }) => `${name} (${id})`).join(', '); // prettier-ignore
  const rest = known.length > NAMED ? ` and ${known.length - NAMED} more` : '';
  const wayOut = known.length === 0 ? '"npm run sample" makes the sample project with a run' : `there ${known.length === 1 ? 'is' : 'are'} ${some}${rest}`;
  return new CalibrantError('not-found', `${reason}; ${wayOut}.`);
}
