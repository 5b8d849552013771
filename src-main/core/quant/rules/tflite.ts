import type { Given, Scheme } from '../types.ts';
import { ONNXRUNTIME } from './onnxruntime.ts';
import type { OperatorRule, TargetRules } from './rule.ts';

/** Functions with values in [0, 1): the kernels write steps of 1/256, or of 1/32768 in 16 bits (TFLite 8-bit quantization specification). */
const unit = ({ type }: Scheme): Given => (type === 'int16' ? { min: 0, max: 32767 / 32768 } : { min: 0, max: 255 / 256 });
/** Values in [−1, 1): steps of 1/128 or 1/32768. */
const signedUnit = ({ type }: Scheme): Given => (type === 'int16' ? { min: 0, max: 32767 / 32768 } : { min: -1, max: 127 / 128 });

const base = (op: string, changes: Partial<OperatorRule>): readonly [string, OperatorRule] => [
  op,
  { ...(ONNXRUNTIME.operators.get(op) as OperatorRule), ...changes },
];

/** What ONNX Runtime's table has and TFLite has no integer kernel for. */
const WITHOUT_KERNEL = new Set([
  'Div', 'Pow', 'HardSigmoid', 'Mish', 'Softplus', 'Elu', 'CumSum', 'TopK', 'GatherElements',
  'BatchNormalization', 'InstanceNormalization', 'LayerNormalization', 'GroupNormalization', 'LpNormalization', 'LRN', 'com.microsoft::EmbedLayerNormalization',
]); // prettier-ignore

/**
 * The restrictions of TFLite's integer kernels (specification of 8-bit quantization): a concatenation copies codes, so its inputs and its output share
 * their parameters; Softmax, Sigmoid and Tanh have fixed steps; functions without a kernel stay float.
 */
export const TFLITE: TargetRules = {
  name: 'TFLite',
  parity: false,
  operators: new Map<string, OperatorRule>([
    ...[...ONNXRUNTIME.operators].filter(([op]) => !WITHOUT_KERNEL.has(op)).map(([op, rule]) => [op, { ...rule, floatKernel: () => false }] as const),
    base('Concat', { unified: true, floatKernel: () => false }),
    base('Softmax', { output: unit }),
    base('Sigmoid', { output: unit }),
    base('Tanh', { output: signedUnit, floatKernel: () => false }),
  ]),
}; // prettier-ignore
