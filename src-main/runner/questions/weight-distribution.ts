import { CalibrantError } from '../../contract/errors.ts';
import type { ServiceInput, ServiceOutput } from '../../contract/jobs.ts';

export async function weightDistribution(_input: ServiceInput<'weightDistribution'>): Promise<ServiceOutput<'weightDistribution'>> {
  throw new CalibrantError('usage-not-supported-yet', 'not there yet');
}
