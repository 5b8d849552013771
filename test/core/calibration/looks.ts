import { createLooks, type Looks } from '../../../src-main/core/calibration/looks.ts';

/** [min, max, mean] by image, then by tensor; the mean is the middle where it is not given. */
export function looksOf(images: [min: number, max: number, mean?: number][][], tensors = images[0]?.map((_, i) => `t${i}`) ?? []): Looks {
  const looks = createLooks(tensors, images.length);
  for (const [image, row] of images.entries()) {
    for (const [tensor, [min, max, mean = (min + max) / 2]] of row.entries()) {
      const at = image * tensors.length + tensor;
      looks.min[at] = min;
      looks.max[at] = max;
      looks.mean[at] = mean;
    }
  }
  return { ...looks, images: images.length };
}
