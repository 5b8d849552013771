import type { Problem } from '../../../contract/model.ts';
import { some, type Rule } from '../evidence.ts';

/** Findings of the audit that mean: with other parameters the same integers would do better. */
const OF_THE_FILE = /^audit-/;

/** A model that came quantized and is kept: what is wrong with it lies in the file, and no recipe that keeps it can mend it. */
export const audit: Rule = ({ recipe, problems, result }) => {
  if (!recipe.quantizedInput.startsWith('keep')) return [];
  const found = problems.filter((one) => one.severity !== 'note' && OF_THE_FILE.test(one.code));
  const ranges = problems.filter(({ code }) => code === 'audit-input-range');
  if (found.length === 0) return [];
  const places = (of: (problem: Problem) => string | undefined): string[] => [...new Set(found.flatMap((problem) => of(problem) ?? []))];
  return [
    {
      id: 'audit',
      kind: 'audit',
      title: 'Quantize this model anew: its own parameters are at fault',
      seen:
        some(
          [...found, ...ranges].map(({ message }) => message.replace(/[.]$/, '')),
          2,
        ) + '.',
      why: 'A model that is kept runs with the scales that it came with; dequantized and calibrated on your images it gets scales that fit.',
      source: 'audit of the file, see “Models that are quantized already” in the guide',
      gain: result.evaluate.agreement == null || result.evaluate.agreement < 98 ? 'large' : 'medium',
      nodes: places(({ node }) => node),
      tensors: places(({ tensor }) => tensor),
      change: { recipe: { quantizedInput: 'dequantize' }, words: 'Dequantized, and ranges observed anew' },
    },
  ];
};
