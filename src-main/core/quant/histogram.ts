/** Bins on each side of zero: a tensor that is never negative uses between half of them and all. */
const SIDE = 4096;
/** Narrowest bins, 2^−100: everything smaller counts as zero. */
const NARROWEST = -100;

/**
 * A histogram that grows with what it sees. Bins are a power of two wide and aligned at zero, so when the range grows neighbours merge pairwise without
 * a loss, and the outcome is that of having known the range from the start.
 */
export class GrowingHistogram {
  /** Index of the bin that begins at zero. */
  readonly middle = SIDE;
  readonly counts = new Float64Array(2 * SIDE);
  /** Bins are 2^exponent wide. */
  exponent = NARROWEST;

  get width(): number {
    return 2 ** this.exponent;
  }

  /** Makes room for values in [−magnitude, magnitude]. */
  reach(magnitude: number): void {
    let exponent = this.exponent;
    // At the lower end −magnitude lies in the first bin, at the upper end magnitude must stay below the end of the last one.
    while (magnitude >= SIDE * 2 ** exponent) exponent++;
    this.widenTo(exponent);
  }

  /** Takes in all that another one has counted. */
  absorb({ exponent, counts }: Pick<GrowingHistogram, 'exponent' | 'counts'>): void {
    this.widenTo(exponent);
    this.count(counts, this.exponent - exponent);
  }

  private widenTo(exponent: number): void {
    const doublings = exponent - this.exponent;
    if (doublings <= 0) return;
    const old = this.counts.slice();
    this.counts.fill(0);
    this.count(old, doublings);
    this.exponent = exponent;
  }

  /** Adds counts of bins that are narrower than these by so many doublings. */
  private count(counts: Float64Array, doublings: number): void {
    // Beyond 30 doublings everything is in the two bins beside zero, as it is after 30.
    const shift = Math.min(doublings, 30);
    for (let i = 0; i < counts.length; i++) {
      const bin = ((i - SIDE) >> shift) + SIDE;
      this.counts[bin] = (this.counts[bin] as number) + (counts[i] as number);
    }
  }

  /** Without the empty bins at both ends. */
  trimmed(): { first: number; width: number; counts: Float64Array<ArrayBuffer> } {
    let from = 0;
    let to = this.counts.length;
    while (from < to && this.counts[from] === 0) from++;
    while (to > from && this.counts[to - 1] === 0) to--;
    return { first: from - SIDE, width: this.width, counts: this.counts.slice(from, to) };
  }
}
