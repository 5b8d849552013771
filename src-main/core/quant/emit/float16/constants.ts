import type { Problem } from '../../../../contract/model.ts';
import type { Tensor } from '../../../onnx/graph.ts';
import { toFloat16 } from '../../../onnx/float16.ts';
import { floatsOf } from '../../../onnx/tensor.ts';

/** The greatest half-precision number. */
export const GREATEST = 65504;
/** Below it half precision loses digits: its smallest normal number is 2^-14. */
export const SMALLEST_NORMAL = 6.1e-5;
/** Just below 2^-24, the smallest number of all, to which it rounds (the constant of ONNX Runtime's converter). */
const SMALLEST = 5.96e-8;

/** A constant in half precision, and how many of its values had to give way. */
export interface HalfConstant {
  tensor: Tensor;
  /** Beyond ±65504, and now that. */
  clamped: number;
  /** Too small to be told from zero, and now the smallest number with their sign. */
  raised: number;
  notANumber: number;
}

/**
 * Values that half precision cannot hold become the nearest ones that it can, so that a small divisor does not become zero nor a large bound infinite. Infinities,
 * which mean one, and NaN stay.
 * @param constant float32
 */
export function halfConstant(constant: Tensor): HalfConstant {
  const values = floatsOf(constant);
  const halves = new Uint16Array(values.length);
  const result = { clamped: 0, raised: 0, notANumber: 0 };
  for (let i = 0; i < values.length; i++) {
    let value = values[i] as number;
    const magnitude = Math.abs(value);
    if (magnitude > GREATEST && magnitude < Infinity) {
      value = Math.sign(value) * GREATEST;
      result.clamped++;
    } else if (magnitude < SMALLEST && magnitude > 0) {
      value = Math.sign(value) * SMALLEST;
      result.raised++;
    } else if (Number.isNaN(value)) {
      result.notANumber++;
    }
    halves[i] = toFloat16(value);
  }
  return { tensor: { ...constant, type: 'float16', bytes: new Uint8Array(halves.buffer) }, ...result };
}

/** What is to be said of a converted constant. */
export function constantProblems({ tensor, clamped, raised, notANumber }: HalfConstant): Problem[] {
  const problems: Problem[] = [];
  const { name } = tensor;
  const count = (n: number): string => (n === 1 ? '1 value' : `${n} values`);
  if (clamped > 0) {
    const message = `The constant ${name} has ${count(clamped)} beyond ±65504, the greatest half-precision number; they became ±65504.`;
    problems.push({ severity: 'warning', code: 'float16-clamped', message, tensor: name });
  }
  if (raised > 0) {
    const message = `The constant ${name} has ${count(raised)} closer to zero than half precision can tell; they became ±5.96e-8.`;
    problems.push({ severity: 'note', code: 'float16-raised', message, tensor: name });
  }
  if (notANumber > 0) {
    const message = `The constant ${name} has ${count(notANumber)} that are NaN, in half precision too; repair the training or the export.`;
    problems.push({ severity: 'warning', code: 'float16-nan', message, tensor: name });
  }
  return problems;
}
