import type { Output } from '../../core/detect/output.ts';
import type { JobData } from '../job-data.ts';
import { judgeAgreement } from './agreement.ts';
import { chooseTask } from './choose-task.ts';
import { judgeClassification } from './classification.ts';
import type { DamageList } from './damage.ts';
import { judgeDetection } from './detection.ts';
import type { Judge } from './judge.ts';
import { judgeRegression } from './regression.ts';
import { judgeSegmentation } from './segmentation.ts';
import type { Problem } from '../../contract/model.ts';

/**
 * The judge of the task in force, once the first outputs are known. Throws `model-mismatch` and `data-class-out-of-range`.
 * @param first outputs of each model for the first sample, the judged one first
 */
export function openJudge(
  data: JobData,
  positions: Uint32Array,
  first: readonly (readonly Output[])[],
  damage: DamageList,
): { judge: Judge; problems: Problem[] } {
  const { task, problems } = chooseTask(data, positions, first[0] ?? []);
  const open = (): Judge => {
    switch (task.task) {
      case 'classification':
        return judgeClassification(data, positions, task.output, first, damage);
      case 'detection':
        return judgeDetection(data, positions, task, first, damage);
      case 'segmentation':
        return judgeSegmentation(data, task, first, damage);
      case 'regression':
        return judgeRegression(data, task, first, damage);
      case 'agreement':
        return judgeAgreement(data, task.output, first, damage);
    }
  };
  return { judge: open(), problems };
}
