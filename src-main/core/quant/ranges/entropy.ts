import type { CodeRange } from '../scale.ts';
import type { Distribution } from './distribution.ts';
import { minMaxRange } from './minmax.ts';
import { cutAt, type Range } from './range.ts';

/** Stands for no value at all where the logarithm needs one (the smoothing of MXNet, TensorRT and ONNX Runtime). */
const EPSILON = 1e-4;

/** Candidates of the first look; the second looks at every bin around the best. */
const COARSE = 512;

/**
 * The range whose quantized distribution tells the most about the original one: the least Kullback-Leibler divergence over candidate ranges that end at a
 * bin's edge (Migacz, "8-bit inference with TensorRT", GTC 2017). Values outside a candidate count for its outermost bins; the quantized distribution has
 * one level per code, spread evenly over the bins of the level that are not empty. Exact zeros are left out: they are represented exactly, and as a peak in
 * one bin they would favour the narrowest candidate. One threshold cuts both ends: searched one by one they come out lopsided even where the distribution is
 * not, because what one end keeps pays for cutting the other. Not narrower than one bin per code, so with 16 bits it is everything.
 * @param codes that the range is spread over
 */
export function entropyRange(seen: Distribution, codes: CodeRange, symmetric: boolean): Range {
  const whole = minMaxRange(seen, symmetric);
  const levels = codes.max - codes.min + 1;
  const low = Math.floor(whole.min / seen.width);
  const high = Math.floor(whole.max / seen.width) + 1;
  const divergence = divergenceOf(seen, levels);
  const narrowest = Math.max(Math.ceil(levels / 2), levels + low, levels - high, leastReach(seen, whole, Math.max(-low, high)));
  const bins = leastOf(narrowest, Math.max(-low, high), (reach) => divergence(Math.max(low, -reach), Math.min(high, reach)));
  return cutAt(bins * seen.width, whole);
}

/** Percent of the values other than zero that a range may cut off. */
const MOST_CLIPPED = 1;

/**
 * The narrowest reach in bins that cuts off no more than that. Channels with a constant output are spikes in the histogram, and since a level for each of
 * them tells the most, the search alone would clip nearly everything else (a MobileNet's ReLU at 1.1 of 8.25, and with it 20 dB of its output).
 */
function leastReach(seen: Distribution, whole: Range, furthest: number): number {
  const { total, width } = seen;
  let [from, to] = [0, furthest];
  while (to - from > 1) {
    const middle = (from + to) >> 1;
    const { min, max } = cutAt(middle * width, whole);
    const clipped = seen.below(min).count + total.count - seen.below(max).count;
    if (100 * clipped <= MOST_CLIPPED * total.count) to = middle;
    else from = middle;
  }
  return to;
}

/** The widest of the best in from … to; `to` where there is nothing to choose from. */
function leastOf(from: number, to: number, cost: (bin: number) => number): number {
  let best = { bin: to, cost: from < to ? cost(to) : 0 };
  const attempt = (bin: number): void => {
    const found = cost(bin);
    if (found < best.cost) best = { bin, cost: found };
  };
  const step = Math.max(1, Math.ceil((to - from) / COARSE));
  for (let bin = to - step; bin >= from; bin -= step) attempt(bin);
  const around = best.bin;
  for (let bin = Math.min(to, around + step - 1); bin >= Math.max(from, around - step + 1); bin--) attempt(bin);
  return best.bin;
}

/**
 * KL(p ‖ q) as a function of the first bin and the bin after the last. Within a level q is the same everywhere, so sums of p, of p·ln p and of non-empty bins
 * are all it takes: logarithms per level instead of per bin.
 */
function divergenceOf(seen: Distribution, levels: number): (low: number, high: number) => number {
  const { counts, first } = seen;
  const bins = counts.length;
  const sums = new Float64Array(bins + 1);
  const filled = new Float64Array(bins + 1);
  const information = new Float64Array(bins + 1);
  for (let i = 0; i < bins; i++) {
    const n = counts[i] as number;
    sums[i + 1] = (sums[i] as number) + n;
    filled[i + 1] = (filled[i] as number) + (n > 0 ? 1 : 0);
    information[i + 1] = (information[i] as number) + timesLog(n);
  }
  const total = sums[bins] as number;
  const place = (bin: number): number => Math.min(Math.max(bin - first, 0), bins);
  const countOf = (bin: number): number => counts[bin - first] ?? 0;

  return (low, high) => {
    const below = sums[place(low)] as number;
    const above = total - (sums[place(high)] as number);
    const kept = total - below - above;
    if (!(kept > 0)) return Infinity;
    const [lowest, highest] = [countOf(low), countOf(high - 1)];
    const ownInformation =
      (information[place(high)] as number) -
      (information[place(low)] as number) -
      timesLog(lowest) -
      timesLog(highest) +
      timesLog(lowest + below) +
      timesLog(highest + above);
    let cross = 0;
    let start = place(low);
    for (let level = 1; level <= levels; level++) {
      const end = place(low + Math.floor((level * (high - low)) / levels));
      const quantized = (sums[end] as number) - (sums[start] as number);
      let original = quantized;
      let bars = (filled[end] as number) - (filled[start] as number);
      if (level === 1 && below > 0) {
        original += below;
        if (lowest === 0) bars++;
      }
      if (level === levels && above > 0) {
        original += above;
        if (highest === 0) bars++;
      }
      if (original > 0) cross += original * Math.log(Math.max(quantized / bars, EPSILON));
      start = end;
    }
    return (ownInformation - cross) / total - Math.log(total) + Math.log(kept);
  };
}

function timesLog(n: number): number {
  return n > 0 ? n * Math.log(n) : 0;
}
