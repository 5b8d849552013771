import { checkCriteria, dropOf, type Criteria, type Measured } from '../contract/criteria.ts';
import type { RunRow } from '../contract/projects.ts';
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
  return { ...row, checks: row.state === 'done' ? checkCriteria(criteria, measuredOfRun(row)) : [] };
}

function measuredOfRun({ headline, worstClass, floatLatencyMs, latencyMs, bytes, images }: RunRow): Measured {
  return {
    metric: headline?.metric ?? 'accuracy',
    drop: dropOf(headline),
    worstClass,
    speedup: floatLatencyMs && latencyMs ? floatLatencyMs / latencyMs : null,
    bytes,
    images: images ?? 0,
  };
}
