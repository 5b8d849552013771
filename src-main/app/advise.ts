import type { Advice } from '../contract/evidence.ts';
import type { RunRow } from '../contract/projects.ts';
import type { RunResult } from '../contract/results.ts';
import { advise } from '../core/advice/advise.ts';
import { lookOfRun } from './look-of-run.ts';
import type { Queries } from '../store/store.ts';

type Asked = Pick<Queries, 'runs' | 'results' | 'models'>;

/** What to do about a run, in order of expected gain, each with the effect of the newest run that was started from it. */
export function adviceFor(store: Asked, row: RunRow, result: RunResult): Advice[] {
  const { report } = store.models.get(store.runs.inputs(row.id).modelId);
  const doctor = lookOfRun(store, row, result);
  const children = store.runs.list(row.projectId).filter(({ from }) => from?.runId === row.id);
  return advise({ recipe: row.recipe, result, nodes: report.nodes, problems: report.problems, doctor }).map((advice) => ({
    ...advice,
    effect: effectOf(children.find(({ from }) => from?.adviceId === advice.id) ?? null, row),
  }));
}

/** What a run has changed against the one that it was started from. */
function effectOf(run: RunRow | null, before: RunRow): Advice['effect'] {
  if (!run) return null;
  const [now, then] = [run.headline?.value ?? run.top1, before.headline?.value ?? before.top1];
  return {
    runId: run.id,
    name: run.name,
    state: run.state,
    delta: run.state === 'done' && now !== null && then !== null ? now - then : null,
    images: run.images,
    bytes: run.bytes,
    speedup: run.latencyMs !== null && before.latencyMs !== null && run.latencyMs > 0 ? before.latencyMs / run.latencyMs : null,
  };
}
