import { CalibrantError } from '../../contract/errors.ts';
import type { DoctorResult } from '../../contract/evidence.ts';
import type { JobSpec } from '../../contract/jobs.ts';
import type { JobContext } from '../progress.ts';

export const DOCTOR_STAGES = ['load', 'doctor'] as const;

export async function doctor(_spec: Extract<JobSpec, { kind: 'doctor' }>, _context: JobContext): Promise<DoctorResult> {
  throw new CalibrantError('usage-not-supported-yet', 'not there yet');
}
