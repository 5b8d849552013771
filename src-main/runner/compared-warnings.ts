import type { Problem } from '../contract/model.ts';
import type { DiagnosedTensor } from '../contract/results.ts';
import { warning } from './problems.ts';

/** What became of the tensors of a float model, those aside that quantization absorbs by design. */
export interface Found {
  compared: DiagnosedTensor[];
  /** The quantized model has neither them nor codes of them with a scale that is known. */
  absent: string[];
  /** It has a tensor of that name that is no float, or of another size. */
  unlike: string[];
  /** Infinite in the quantized model only. */
  infinite: string[];
}

/** A comparison of a few tensors must not look like one of the whole model. */
export function comparedWarnings({ compared, absent, unlike, infinite }: Found, float: string, quantized: string): Problem[] {
  const problems: Problem[] = [];
  const total = compared.length + absent.length + unlike.length + infinite.length;
  if (2 * compared.length < total) {
    const reasons = [
      ...reason(absent, `not there under their names, nor as codes with a constant scale`),
      ...reason(unlike, `of another type or size there`),
      ...reason(infinite, `infinite there`),
    ];
    const message = `Only ${compared.length} of the ${total} tensors of ${float} were compared with ${quantized}: ${reasons.join('; ')}.`;
    problems.push(warning('diagnose-few-tensors', message));
  }
  if (infinite.length > 0) {
    const message = `${quantized} makes infinite what is finite in ${float}: ${some(infinite)}; half precision holds nothing beyond ±65504, so if it is in that, keep the nodes before them float32.`;
    problems.push(warning('diagnose-infinite', message));
  }
  return problems;
}

function reason(names: string[], why: string): string[] {
  return names.length > 0 ? [`${names.length} ${names.length === 1 ? 'is' : 'are'} ${why} (${some(names)})`] : [];
}

function some([first = '', ...others]: string[]): string {
  return others.length > 0 ? `${first} and ${others.length} more` : first;
}
