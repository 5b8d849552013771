import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { shared } from '../../fixtures/shared.ts';
import { scratch } from './jobs.ts';

const FeaturesSchema = v.object({ classes: v.array(v.string()), labels: v.array(v.number()) });
const BIN = 'mfcc_int8_49x10.bin';

/** The keyword features as a data folder of the product: features.json and labels.csv beside the .bin. */
export function keywordFolder(): string {
  const { classes, labels } = v.parse(FeaturesSchema, JSON.parse(readFileSync(shared('data/kws500a/labels.json'), 'utf8')));
  const folder = join(scratch, 'keywords');
  mkdirSync(folder, { recursive: true });
  copyFileSync(shared('data/kws500a', BIN), join(folder, BIN));
  writeFileSync(join(folder, 'features.json'), JSON.stringify({ type: 'int8', shape: [49, 10], scale: 0.5847029089927673, zeroPoint: 83 }));
  const lines = labels.map((label, i) => `${BIN}#${i},${label},${classes[label]}`);
  writeFileSync(join(folder, 'labels.csv'), ['file,class_index,class', ...lines, ''].join('\n'));
  return folder;
}
