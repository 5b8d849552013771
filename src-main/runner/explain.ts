import { CalibrantError, type ErrorCode } from '../contract/errors.ts';
import { obstaclesOf } from '../core/onnx/obstacles.ts';
import type { ModelFile } from './model-file.ts';

/** The error itself, or what inspection knows of the model and would be the cause of it: clearer than ONNX Runtime's words. */
export function explain(file: Pick<ModelFile, 'name' | 'model'>, error: unknown, likely: ErrorCode): unknown {
  const cause = obstaclesOf(file.model).find(({ code }) => code === likely);
  return cause ? new CalibrantError(cause.code, `${file.name}: ${cause.message}`, undefined, error) : error;
}

/** For models of which one computes NaN where it should compute scores or activations; the first with damaged weights is blamed. */
export function notANumber(files: readonly Pick<ModelFile, 'name' | 'model'>[], where: string): unknown {
  const names = files.map(({ name }) => name).join(' or ');
  const error = new CalibrantError('data-not-finite', `${names} computes NaN or infinity ${where}; check the preprocessing, or the model itself.`);
  return files.map((file) => explain(file, error, 'model-nan-weights')).find((cause) => cause !== error) ?? error;
}
