import type { RunRow } from '../../../src-main/contract/projects.ts';

/** The newest run that was started from a piece of advice of a run; null: nobody tried it. */
export function startedFrom(rows: readonly RunRow[], runId: string, adviceId: string): RunRow | null {
  const tries = rows.filter(({ from }) => from?.runId === runId && from.adviceId === adviceId);
  return tries.toSorted((a, b) => b.createdAt.localeCompare(a.createdAt))[0] ?? null;
}
