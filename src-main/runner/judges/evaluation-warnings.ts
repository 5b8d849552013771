import type { Problem } from '../../contract/model.ts';
import type { Evaluation } from '../../contract/results.ts';
import { chanceLimit } from '../../core/metrics/chance.ts';
import { note, skippedWarning, warning } from '../problems.ts';
import type { Judge } from './judge.ts';

/** What is to be said of an evaluation whatever its task: too few samples, some left out, outputs that nobody judged, accuracy near chance. */
export function evaluationWarnings(evaluations: readonly Evaluation[], { task, reads }: Judge, outputs: readonly string[]): Problem[] {
  const problems: Problem[] = [];
  const [mine] = evaluations;
  if (!mine) return problems;
  const { skipped, images } = mine;
  if (skipped.length > 0) problems.push(skippedWarning(skipped.length, images));
  if (images === 1)
    problems.push(warning('data-one-image', 'Only 1 image was judged: every percentage is of that one image, and says next to nothing of the model.'));
  const ignored = outputs.filter((name) => !reads.includes(name));
  if (ignored.length > 0 && task !== 'detection') {
    problems.push(
      warning(
        'model-many-outputs',
        `The model has ${outputs.length} outputs; only ${reads.join(', ')} is judged, and of ${ignored.join(', ')} only the error against another model. "output" of a task file chooses another.`,
      ),
    );
  }
  const labelled = mine.detection?.images ?? mine.segmentation?.images;
  if (labelled !== undefined && labelled < images) {
    problems.push(note('data-partly-labelled', `Only ${labelled} of the ${images} images have labels; the scores are of those.`));
  }
  for (const { top1, chance, model } of evaluations) {
    if (top1 === null || chance === null || top1 > chanceLimit(chance, images)) continue;
    problems.push(
      warning(
        'accuracy-near-chance',
        `${model.file} is right on ${top1.toFixed(1)} % of ${images} images, and guessing gives ${chance.toFixed(1)} %: check colour order, mean and std, and labelOffset, or the model itself.`,
      ),
    );
  }
  return problems;
}
