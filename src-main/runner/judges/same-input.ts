import { CalibrantError } from '../../contract/errors.ts';
import type { ModelFile } from '../model-file.ts';

/** Throws `model-mismatch` unless both models take the same samples. */
export function checkSameInput(model: ModelFile, against: ModelFile): void {
  const [mine, theirs] = [model, against].map(({ model: { graph } }) => graph.inputs);
  const same =
    mine?.length === theirs?.length &&
    mine?.every(({ type, shape }, i) => {
      const other = theirs?.[i];
      return (
        type === other?.type &&
        shape?.length === other.shape?.length &&
        shape?.every((dim, j) => typeof dim !== 'number' || typeof other.shape?.[j] !== 'number' || dim === other.shape[j])
      );
    });
  if (!same)
    throw new CalibrantError(
      'model-mismatch',
      `${model.name} and ${against.name} take different inputs, so they cannot be compared on the same samples; choose two models of one kind.`,
    );
}
