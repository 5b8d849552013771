import { digits, type Rule } from '../evidence.ts';

/** Percent of the output's own deviation: a shift that noise does not explain. */
const SHIFT = 10;

/** Errors of weights do not cancel: they shift the mean of an output, which every image shares. */
export const outputBias: Rule = ({ result, recipe }) => {
  const shifted = (result.evaluate.outputs ?? [])
    .filter(({ biasShare }) => biasShare !== null && Math.abs(biasShare) > SHIFT)
    .sort((a, b) => Math.abs(b.biasShare ?? 0) - Math.abs(a.biasShare ?? 0));
  const [worst] = shifted;
  if (!worst) return [];
  const perTensor = recipe.granularity === 'per-tensor' && recipe.format !== 'float16';
  return [
    {
      id: 'output-bias',
      kind: 'output-bias',
      title: `The output ${worst.name} is shifted`,
      seen: `Its mean moved by ${digits(worst.bias)}, which is ${digits(Math.abs(worst.biasShare ?? 0))} % of its deviation, over ${result.evaluate.images} images.`,
      why: 'Rounded weights shift what a layer gives on average; the shift reaches the output, and no image shows it alone.',
      source: 'Nagel et al. 2019, arXiv:1906.04721, §4.2',
      gain: perTensor ? 'medium' : 'small',
      tensors: [worst.name],
      ...(perTensor
        ? { change: { recipe: { granularity: 'per-channel' as const }, words: 'Weights per channel instead of per tensor' } }
        : { forbidden: 'Correcting biases is not there yet; excluding the most harmful layers is what helps now.' }),
    },
  ];
};
