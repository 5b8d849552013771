import type { Criteria } from '../contract/criteria.ts';
import type { RunRow } from '../contract/projects.ts';
import { checksOfRun } from '../contract/run-criteria.ts';
import type { Queries } from '../store/store.ts';

type Asked = Pick<Queries, 'projects' | 'runs'>;

/** The runs of a project, newest first, each with what became of the project's criteria. Throws `not-found`. */
export function runRows({ projects, runs }: Asked, projectId: string): RunRow[] {
  const { criteria } = projects.get(projectId);
  return runs.list(projectId).map((row) => checked(row, criteria));
}

/** One run with what became of its project's criteria. Throws `not-found`, also where its project was removed. */
export function runRow({ projects, runs }: Asked, runId: string): RunRow {
  const row = runs.get(runId);
  return checked(row, projects.get(row.projectId).criteria);
}

function checked(row: RunRow, criteria: Criteria): RunRow {
  return { ...row, checks: checksOfRun(row, criteria) };
}
