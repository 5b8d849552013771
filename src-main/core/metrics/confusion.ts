/** A pair of classes that is confused more often than by the other model. Indices in the output. */
export interface AddedConfusion {
  truth: number;
  answer: number;
  float: number;
  quantized: number;
  /** Images of the true class. */
  images: number;
}

/** Wrong answers of two models on the same images, by pair of classes. */
export function createConfusionMeter(): { add(truth: number, quantized: number, float: number): void; finish(): AddedConfusion[] } {
  const pairs = new Map<string, AddedConfusion>();
  const images = new Map<number, number>();
  const pair = (truth: number, answer: number): AddedConfusion => {
    const key = `${truth} ${answer}`;
    let found = pairs.get(key);
    if (!found) pairs.set(key, (found = { truth, answer, float: 0, quantized: 0, images: 0 }));
    return found;
  };
  return {
    add(truth, quantized, float) {
      images.set(truth, (images.get(truth) ?? 0) + 1);
      if (quantized !== truth) pair(truth, quantized).quantized += 1;
      if (float !== truth) pair(truth, float).float += 1;
    },
    /** Most added first. */
    finish: () =>
      [...pairs.values()]
        .filter(({ float, quantized }) => quantized > float)
        .sort((a, b) => b.quantized - b.float - (a.quantized - a.float) || a.truth - b.truth || a.answer - b.answer)
        .map((one) => ({ ...one, images: images.get(one.truth) ?? 0 })),
  };
}
