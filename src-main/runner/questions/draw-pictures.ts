import { CalibrantError } from '../../contract/errors.ts';
import type { ServiceInput, ServiceOutput } from '../../contract/jobs.ts';

export async function drawPictures(_input: ServiceInput<'drawPictures'>): Promise<ServiceOutput<'drawPictures'>> {
  throw new CalibrantError('usage-not-supported-yet', 'not there yet');
}
