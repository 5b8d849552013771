import { CalibrantError } from '../../contract/errors.ts';
import type { ServiceInput, ServiceOutput } from '../../contract/jobs.ts';

export async function compareImage(_input: ServiceInput<'compareImage'>): Promise<ServiceOutput<'compareImage'>> {
  throw new CalibrantError('usage-not-supported-yet', 'not there yet');
}
