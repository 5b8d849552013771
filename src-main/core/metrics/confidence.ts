export interface Confidence {
  /** Expected calibration error, points. */
  error: number;
  bins: { from: number; to: number; images: number; confidence: number; accuracy: number }[];
}

const BINS = 10;

/**
 * Expected calibration error: Σ images/all · |accuracy − mean confidence| over ten bins of equal width, (0, 0.1] … (0.9, 1] (Guo et al., "On Calibration of
 * Modern Neural Networks", 2017, eq. 3). Bins without images are left out; null before any image.
 */
export function createConfidenceMeter(): { add(confidence: number, right: boolean): void; finish(): Confidence | null } {
  const images = new Float64Array(BINS);
  const sum = new Float64Array(BINS);
  const hits = new Float64Array(BINS);
  return {
    add(confidence, right) {
      const bin = Math.min(BINS - 1, Math.max(0, Math.ceil(confidence * BINS) - 1));
      images[bin] = (images[bin] as number) + 1;
      sum[bin] = (sum[bin] as number) + confidence;
      if (right) hits[bin] = (hits[bin] as number) + 1;
    },
    finish() {
      const all = images.reduce((a, b) => a + b, 0);
      if (all === 0) return null;
      const bins = [...images.keys()]
        .filter((bin) => (images[bin] as number) > 0)
        .map((bin) => ({
          from: bin / BINS,
          to: (bin + 1) / BINS,
          images: images[bin] as number,
          confidence: Math.min(100, (100 * (sum[bin] as number)) / (images[bin] as number)),
          accuracy: (100 * (hits[bin] as number)) / (images[bin] as number),
        }));
      return { error: bins.reduce((total, bin) => total + (bin.images / all) * Math.abs(bin.accuracy - bin.confidence), 0), bins };
    },
  };
}

/** Whether scores are probabilities already: none outside 0…1, and together about 1 (coarse codes round each of them). */
export function areProbabilities(scores: Float32Array): boolean {
  let sum = 0;
  for (const score of scores) {
    if (!(score >= 0) || score > 1) return false;
    sum += score;
  }
  return Math.abs(sum - 1) <= 0.5;
}

/** exp(x) / Σ exp(x), without overflow. */
export function softmax(scores: Float32Array): Float32Array {
  let most = -Infinity;
  for (const score of scores) if (score > most) most = score;
  const result = new Float32Array(scores.length);
  let sum = 0;
  for (let i = 0; i < scores.length; i++) sum += result[i] = Math.exp((scores[i] as number) - most);
  for (let i = 0; i < scores.length; i++) result[i] = (result[i] as number) / sum;
  return result;
}

/** Half the sum of absolute differences of two distributions, 0…1: the share of probability that moved. */
export function movedProbability(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += Math.abs((a[i] as number) - (b[i] as number));
  return Math.min(1, sum / 2);
}
