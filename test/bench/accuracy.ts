/**
 * Accuracy of float against quantized models, on images that did not calibrate, for each model with labelled data. Classifiers are quantized and judged by
 * the product's jobs; detection and segmentation are judged here, with the product's preprocessing and metrics.
 * Run: node test/bench/accuracy.ts [--only PART-OF-A-NAME]…
 */
import { rmSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { CalibrantError } from '../../src-main/contract/errors.ts';
import { scratch } from './accuracy/jobs.ts';
import { verdict } from './accuracy/result.ts';
import { rows } from './accuracy/rows.ts';

const { only = [] } = parseArgs({ options: { only: { type: 'string', multiple: true } } }).values;
const wanted = (name: string): boolean => only.length === 0 || only.some((part) => name.toLowerCase().includes(part.toLowerCase()));

try {
  for (const row of rows().filter(({ name }) => wanted(name))) {
    const label = row.name.padEnd(42);
    try {
      const result = await row.measure();
      const { float, quantized, counts } = result;
      const change = (quantized - float).toFixed(2).replace(/^(?=[\d])/, '+');
      console.log(
        `${label}${row.figure.padEnd(6)} ${float.toFixed(2)} → ${quantized.toFixed(2)}  ${change.padStart(6)}  ${verdict(row, result)}\n    ${counts}`,
      );
    } catch (error) {
      if (!(error instanceof CalibrantError)) throw error;
      if (error.code === 'internal') process.exitCode = 1;
      console.log(`${label}${error.code === 'internal' ? 'FAILED' : 'refused'}: ${error.message}`);
    }
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
