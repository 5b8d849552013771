import { CalibrantError, type ErrorCode } from '../contract/errors.ts';
import { obstaclesOf } from '../core/onnx/obstacles.ts';
import type { ModelFile } from './model-file.ts';

/** The error itself, or what inspection knows of the model and would be the cause of it: clearer than ONNX Runtime's words. */
export function explain(file: Pick<ModelFile, 'name' | 'model'>, error: unknown, likely: ErrorCode): unknown {
  const cause = obstaclesOf(file.model).find(({ code }) => code === likely);
  return cause ? new CalibrantError(cause.code, `${file.name}: ${cause.message}`, undefined, error) : error;
}

/** For a model that computes NaN where it should compute scores or activations. */
export function notANumber(file: Pick<ModelFile, 'name' | 'model'>, what: string): unknown {
  const message = `${file.name} computes NaN or infinity ${what}; check the preprocessing, or the model itself.`;
  return explain(file, new CalibrantError('data-not-finite', message), 'model-nan-weights');
}
