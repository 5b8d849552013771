import { CalibrantError } from '../../contract/errors.ts';

/** @param reason a clause that says what is wrong and where */
export function invalidModel(reason: string, details?: Record<string, string | number>): CalibrantError {
  return new CalibrantError('model-invalid', `The model is not valid ONNX: ${reason}; export it again, or repair it with the tool that made it.`, details);
}
