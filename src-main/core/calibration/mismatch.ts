import type { DoctorResult } from '../../contract/evidence.ts';
import { median } from './order-statistics.ts';

/** Of the values of one image's input. */
export interface InputLook {
  mean: number;
  deviation: number;
}

/** √(−ln(α/2) / 2) for α = 0.01: N. Smirnov, "Table for Estimating the Goodness of Fit of Empirical Distributions", 1948. */
const CRITICAL = Math.sqrt(-Math.log(0.01 / 2) / 2);

/** Greatest distance between the two samples' empirical distributions, 0…1: the two-sample Kolmogorov–Smirnov statistic. */
export function kolmogorovSmirnov(a: readonly number[], b: readonly number[]): number {
  const [first, second] = [a.toSorted((x, y) => x - y), b.toSorted((x, y) => x - y)];
  let [i, j, distance] = [0, 0, 0];
  while (i < first.length && j < second.length) {
    const value = Math.min(first[i] as number, second[j] as number);
    while (i < first.length && (first[i] as number) <= value) i++;
    while (j < second.length && (second[j] as number) <= value) j++;
    distance = Math.max(distance, Math.abs(i / first.length - j / second.length));
  }
  return distance;
}

/** Distance that samples of one distribution exceed in 1 of 100 cases. Above 1: so few samples that no distance can tell. */
export function smirnovThreshold(n: number, m: number): number {
  return CRITICAL * Math.sqrt((n + m) / (n * m));
}

/** Whether the images that calibrate look like the others of the data set, by brightness (mean) and contrast (deviation) of the model's input. */
export function mismatchOf(calibrating: readonly InputLook[], others: readonly InputLook[]): DoctorResult['mismatch'] {
  if (calibrating.length === 0 || others.length === 0) return null;
  const of = (what: keyof InputLook): number => kolmogorovSmirnov(calibrating.map((look) => look[what]), others.map((look) => look[what])); // prettier-ignore
  const [mean, deviation] = [of('mean'), of('deviation')];
  const threshold = smirnovThreshold(calibrating.length, others.length);
  const counts = `${calibrating.length} calibrating and ${others.length} other images`;
  const told = (what: keyof InputLook, distance: number): string[] => {
    if (distance <= threshold) return [];
    const middle = (looks: readonly InputLook[]) => digits(median(Float64Array.from(looks, (look) => look[what]).sort()));
    const name = what === 'mean' ? 'mean (brightness' : 'deviation (contrast';
    return [`${name}: median ${middle(calibrating)} against ${middle(others)}; distance ${distance.toFixed(2)}, limit ${threshold.toFixed(2)})`];
  };
  const differences = [...told('mean', mean), ...told('deviation', deviation)];
  return {
    others: others.length,
    mean,
    deviation,
    threshold,
    differs: differences.length > 0,
    message: message(differences, counts, threshold, mean, deviation),
  };
}

function message(differences: readonly string[], counts: string, threshold: number, mean: number, deviation: number): string {
  if (differences.length > 0)
    return `The ${counts} differ in the input’s ${differences.join(' and ')}: calibrate with images like those that the model is going to see.`;
  if (threshold >= 1) return `Whether calibrating and other images differ cannot be told from so few (${counts}).`;
  return `The ${counts} look alike: distances ${mean.toFixed(2)} in the input’s mean (brightness) and ${deviation.toFixed(2)} in its deviation (contrast), limit ${threshold.toFixed(2)}.`;
}

const digits = (value: number): string => String(Number(value.toPrecision(3)));
