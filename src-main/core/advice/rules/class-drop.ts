import type { Evaluation } from '../../../contract/results.ts';
import { digits, type Rule } from '../evidence.ts';

/** A drop counts where luck explains it less often than this in all classes together: of a hundred, five would look bad by chance (Bonferroni). */
const LUCK = 0.05;
const IMAGES = 10;

/** One class that died while the average looks fine. */
export const classDrop: Rule = ({ result: { evaluate } }) => {
  const float = new Map(evaluate.against?.perClass.map((score) => [score.class, score.top1]));
  const compared = evaluate.perClass.filter((score) => score.images >= IMAGES && float.has(score.class));
  const dropped = compared
    .flatMap((score) => {
      const before = float.get(score.class) ?? 0;
      const lost = Math.round(((before - score.top1) * score.images) / 100);
      return lost > 0 && byLuck(lost) * compared.length < LUCK ? [{ score, before, lost }] : [];
    })
    .sort((a, b) => b.lost / b.score.images - a.lost / a.score.images);
  const [worst] = dropped;
  if (!worst) return [];
  const { score, before } = worst;
  const name = nameOf(score);
  const confusion = (evaluate.confusions ?? []).find(({ truth }) => truth === score.class);
  const taken = confusion ? ` ${confusion.quantized - confusion.float} more of them are now taken for ${confusion.answerName ?? confusion.answer}.` : '';
  return [
    {
      id: `class:${score.class}`,
      kind: 'class',
      title: `${name} suffers more than the others`,
      seen: `${name} fell from ${digits(before)} to ${digits(score.top1)} % of ${score.images} images (${worst.lost} lost).${taken}`,
      why: 'A class that hangs on fine differences loses first; where its images are few in the calibration, its features may be clipped as well.',
      source: `sign test on the images that changed, 5 % over ${compared.length === 1 ? 'the one class' : `all ${compared.length} classes`} with ${IMAGES} images or more`,
      gain: 'unknown',
      screen: 'images',
    },
  ];
};

/**
 * Probability that all of n changed images are losses when gains and losses are equally likely (sign test, one-sided): ½ⁿ. Gains of the same class are not
 * counted against it, as only the net change is known.
 */
function byLuck(lost: number): number {
  return 0.5 ** lost;
}

function nameOf({ name, class: index }: Evaluation['perClass'][number]): string {
  return name ?? `Class ${index}`;
}
