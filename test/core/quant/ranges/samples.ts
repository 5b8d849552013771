import { createCollector } from '../../../../src-main/core/quant/collector.ts';
import type { Statistics } from '../../../../src-main/core/quant/statistics.ts';
import { Distribution } from '../../../../src-main/core/quant/ranges/distribution.ts';
import { random } from '../../../fixtures/random.ts';

/** Short enough that every value is counted. */
const IMAGE = 8000;

/** Statistics of values that are all counted, in images of 8000. */
export function statisticsOf(values: Float32Array): Statistics {
  const collector = createCollector(['x']);
  for (let i = 0; i < values.length; i += IMAGE) collector.add('x', values.subarray(i, i + IMAGE));
  return collector.finish().get('x') as Statistics;
}

export function distributionOf(values: Float32Array): Distribution {
  return new Distribution(statisticsOf(values));
}

/** A density without the noise of samples: as many bins as a histogram has, each with what the density has in its middle. */
export function distributionOfDensity(density: (x: number) => number, from: number, to: number): Distribution {
  const width = 2 ** Math.ceil(Math.log2(Math.max(-from, to) / 4096));
  const first = Math.floor(from / width);
  const counts = Float64Array.from({ length: Math.ceil(to / width) - first }, (_, i) => 1e9 * width * density((first + i + 0.5) * width));
  const sum = counts.reduce((s, n, i) => s + n * (first + i + 0.5) * width, 0);
  return new Distribution({ min: from, max: to, sum, histogram: { first, width, counts } });
}

function gaussian(uniform: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}

/** Shapes that activations have. */
export const SHAPES = {
  gauss: gaussian,
  laplace: (uniform: () => number) => -Math.log(1 - uniform()) * (uniform() < 0.5 ? -1 : 1),
  uniform: (uniform: () => number) => 6 * uniform() - 2,
  halfNormal: (uniform: () => number) => Math.abs(gaussian(uniform)),
  relu: (uniform: () => number) => Math.max(0, gaussian(uniform) - 0.8),
  relu6: (uniform: () => number) => Math.min(6, Math.max(0, 3 * gaussian(uniform) + 1)),
  silu: (uniform: () => number) => {
    const x = 3 * gaussian(uniform);
    return x / (1 + Math.exp(-x));
  },
  sparseOutliers: (uniform: () => number) => gaussian(uniform) * (uniform() < 1e-3 ? 30 : 1),
  sparse: (uniform: () => number) => (uniform() < 0.95 ? 0 : gaussian(uniform)),
} as const;

const drawn = new Map<string, Float32Array>();

/** The same values every time; not to be written to. */
export function draw(shape: keyof typeof SHAPES, count = 160_000, seed = 1): Float32Array {
  const key = `${shape} ${count} ${seed}`;
  const uniform = random(seed);
  const values = drawn.get(key) ?? Float32Array.from({ length: count }, () => SHAPES[shape](uniform));
  drawn.set(key, values);
  return values;
}
