import type { DoctorResult } from '../contract/evidence.ts';
import type { RunRow } from '../contract/projects.ts';
import type { RunResult } from '../contract/results.ts';
import type { Queries } from '../store/store.ts';

/** The last look at the calibration images of a run's project, if it was of as many images as calibrated this run; another says nothing of them. */
export function lookOfRun({ results }: Pick<Queries, 'results'>, row: RunRow, result: RunResult): DoctorResult | null {
  const look = results.doctor(row.projectId)?.result ?? null;
  return look?.images === result.quantize.images ? look : null;
}
