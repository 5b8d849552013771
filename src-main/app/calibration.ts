import { CalibrantError } from '../contract/errors.ts';
import type { JobSnapshot } from '../contract/jobs.ts';
import type { DoctorRecord } from '../contract/projects.ts';
import type { Recipe } from '../contract/recipe.ts';
import type { Context } from './context.ts';

/** Queues a look at the images that a recipe calibrates with. */
export async function startDoctor(_context: Context, _projectId: string, _recipe: Recipe, _accuracy: boolean): Promise<JobSnapshot> {
  throw new CalibrantError('usage-not-supported-yet', 'not there yet');
}

/** The last look at the project's calibration images. */
export function doctorOf(_context: Context, _projectId: string): DoctorRecord | null {
  return null;
}
