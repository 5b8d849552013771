import { CalibrantError } from '../../contract/errors.ts';
import type { ServiceInput, ServiceOutput } from '../../contract/jobs.ts';

export async function rangeChoices(_input: ServiceInput<'rangeChoices'>): Promise<ServiceOutput<'rangeChoices'>> {
  throw new CalibrantError('usage-not-supported-yet', 'not there yet');
}
