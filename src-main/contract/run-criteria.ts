import { checkCriteria, dropOf, type Criteria, type CriterionCheck, type Measured } from './criteria.ts';
import type { RunRow } from './projects.ts';

/** The numbers of a run that criteria ask for. */
export function measuredOfRun({ headline, worstClass, floatLatencyMs, latencyMs, bytes, images }: RunRow): Measured {
  return {
    metric: headline?.metric ?? 'accuracy',
    drop: dropOf(headline),
    worstClass,
    speedup: floatLatencyMs && latencyMs ? floatLatencyMs / latencyMs : null,
    bytes,
    images: images ?? 0,
  };
}

/** What becomes of criteria on a run; empty as long as it is not done. */
export function checksOfRun(row: RunRow, criteria: Criteria): CriterionCheck[] {
  return row.state === 'done' ? checkCriteria(criteria, measuredOfRun(row)) : [];
}

/** Whether a run is accepted: every criterion is met, one is not, or (null) nothing is asked for or one cannot be told. */
export function accepted(checks: readonly CriterionCheck[]): boolean | null {
  if (checks.some(({ met }) => met === false)) return false;
  return checks.length === 0 || checks.some(({ met }) => met === null) ? null : true;
}
