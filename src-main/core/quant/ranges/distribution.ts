import type { Statistics } from '../statistics.ts';

/** What Distribution needs of a tensor's statistics. */
export type Observed = Pick<Statistics, 'min' | 'max' | 'sum' | 'histogram'>;

/** Number, sum and sum of squares of some values. */
export interface Moments {
  count: number;
  sum: number;
  squares: number;
}

/**
 * A histogram read as a density: values lie evenly in their bin, the outermost bins end at the exact extremes, and zeros are exactly zero. Cumulative sums
 * make every question cost the same whatever the number of bins.
 */
export class Distribution {
  readonly min: number;
  readonly max: number;
  /** Estimated number of exact zeros: what a ReLU cuts away. Quantization keeps them as they are, so they must not be mistaken for small values. */
  readonly zeros: number;
  /** Values per bin without the exact zeros; bin i covers [edges[i], edges[i + 1]]. */
  readonly counts: Float64Array;
  readonly edges: Float64Array;
  /** Index on the axis of the bin `counts[0]`; the bin that begins at zero has index 0. */
  readonly first: number;
  readonly width: number;
  private readonly count: Float64Array;
  private readonly sum: Float64Array;
  private readonly squares: Float64Array;

  constructor(seen: Observed) {
    const { first, width, counts } = seen.histogram;
    const bins = counts.length;
    this.min = seen.min;
    this.max = seen.max;
    this.first = first;
    this.width = width;
    this.edges = Float64Array.from({ length: bins + 1 }, (_, i) => Math.min(Math.max((first + i) * width, seen.min), seen.max));
    this.counts = counts.slice();
    this.zeros = exactZeros(seen, this.edges);
    if (this.zeros > 0) this.counts[-first] = (counts[-first] as number) - this.zeros;
    this.count = new Float64Array(bins + 1);
    this.sum = new Float64Array(bins + 1);
    this.squares = new Float64Array(bins + 1);
    for (let i = 0; i < bins; i++) {
      const a = this.edges[i] as number;
      const b = this.edges[i + 1] as number;
      const n = this.counts[i] as number;
      this.count[i + 1] = (this.count[i] as number) + n;
      this.sum[i + 1] = (this.sum[i] as number) + (n * (a + b)) / 2;
      this.squares[i + 1] = (this.squares[i] as number) + (n * (a * a + a * b + b * b)) / 3;
    }
  }

  /** Of all values but the exact zeros. */
  get total(): Moments {
    return this.before(this.counts.length);
  }

  /** Of the values up to and including x, exact zeros left out. */
  below(x: number): Moments {
    const bins = this.counts.length;
    const bin = Math.floor(x / this.width) - this.first;
    if (!(bin >= 0)) return { count: 0, sum: 0, squares: 0 };
    if (bin >= bins) return this.before(bins);
    const moments = this.before(bin);
    const a = this.edges[bin] as number;
    const b = this.edges[bin + 1] as number;
    if (x < a) return moments;
    const end = Math.min(x, b);
    // A bin without width is a single value, such as the upper bound of a Clip.
    const n = b > a ? ((this.counts[bin] as number) * (end - a)) / (b - a) : (this.counts[bin] as number);
    moments.count += n;
    moments.sum += (n * (a + end)) / 2;
    moments.squares += (n * (a * a + a * end + end * end)) / 3;
    return moments;
  }

  /** How many values are at most x, of `total.count + zeros`. */
  rank(x: number): number {
    return this.below(x).count + (x >= 0 ? this.zeros : 0);
  }

  private before(bin: number): Moments {
    return { count: this.count[bin] as number, sum: this.sum[bin] as number, squares: this.squares[bin] as number };
  }
}

/**
 * Zeros stand at the left edge of their bin and pull the exact sum below that of evenly filled bins. More than the excess over the neighbouring bins they
 * cannot be: that bounds the estimate where other values are not spread evenly either (pixels).
 */
function exactZeros({ sum, histogram: { first, width, counts } }: Observed, edges: Float64Array): number {
  const bin = -first;
  const inBin = counts[bin];
  if (inBin === undefined || (edges[bin] as number) > 0) return 0;
  const excess = inBin - Math.max(counts[bin - 1] ?? 0, counts[bin + 1] ?? 0);
  const room = edges[bin + 1] as number;
  if (room === 0) return inBin;
  const evenly = counts.reduce((s, n, i) => s + (n * ((edges[i] as number) + (edges[i + 1] as number))) / 2, 0);
  return Math.min(Math.max((2 * (evenly - sum)) / Math.min(room, width), 0), Math.max(excess, 0));
}
