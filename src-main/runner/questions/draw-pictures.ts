import sharp from 'sharp';
import { CalibrantError } from '../../contract/errors.ts';
import type { ServiceInput, ServiceOutput } from '../../contract/jobs.ts';

/** Points per inch of an SVG at scale 1. */
const DENSITY = 72;

/** SVG → PNG on white. Our own pictures only; they hold names of models, escaped, and refer to nothing outside. */
export async function drawPictures({ pictures, scale }: ServiceInput<'drawPictures'>): Promise<ServiceOutput<'drawPictures'>> {
  const drawn: Uint8Array<ArrayBuffer>[] = [];
  for (const svg of pictures) {
    try {
      drawn.push(new Uint8Array(await sharp(Buffer.from(svg), { density: DENSITY * scale }).flatten({ background: '#ffffff' }).png().toBuffer())); // prettier-ignore
    } catch (cause) {
      throw new CalibrantError('internal', 'A chart of the report cannot be drawn; the HTML report has it as a vector. Please report this.', undefined, cause);
    }
  }
  return drawn;
}
