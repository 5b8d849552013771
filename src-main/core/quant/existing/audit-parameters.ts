import type { Problem } from '../../../contract/model.ts';
import { floatsOf } from '../../onnx/tensor.ts';
import { fullCodes } from '../scale.ts';
import { sameParameters, withRank } from './code-parameters.ts';
import type { QuantizedView, Stated } from './quantized-view.ts';

/** Below the smallest normal float32 processors may take a scale for zero. */
const SMALLEST_SCALE = 1.1754943508222875e-38;

/** What is wrong with scales, zero points and axes in themselves. */
export function auditParameters({ stated, operations, activations }: QuantizedView, opset: number): Problem[] {
  const once = new Set<string>();
  const problems: Problem[] = [];
  for (const one of stated) {
    for (const problem of [...scaleProblems(one), ...zeroPointProblems(one), ...axisProblems(one)]) {
      const key = `${problem.code}\n${one.scale.name}\n${one.zeroPoint?.name}`;
      if (!once.has(key)) problems.push(problem);
      once.add(key);
    }
  }
  const perChannel = stated.filter(({ parameters }) => parameters.scale.length > 1);
  if (opset < 13 && perChannel[0]) {
    const { node } = perChannel[0];
    const message = `Per-channel scales need opset 13, and the model says ${opset}: ${perChannel.length} nodes, the first is ${node.name}; runtimes refuse it or take one scale for all.`;
    problems.push({ severity: 'error', code: 'audit-opset', message, node: node.name });
  }
  for (const { tensor, parameters } of activations.values()) {
    if (parameters.scale.length === 1) continue;
    const message = `The activation ${tensor} has ${parameters.scale.length} scales; integer kernels take one for an activation, so its nodes run in float.`;
    problems.push({ severity: 'warning', code: 'audit-activation-per-channel', message, tensor });
  }
  return [...problems, ...rereadProblems(operations, activations)];
}

function scaleProblems({ node, tensor, scale }: Stated): Problem[] {
  const problem = (severity: Problem['severity'], code: string, what: string): Problem[] => [
    { severity, code, message: `The scale of ${tensor} ${what}.`, tensor, node: node.name },
  ];
  const values = floatsOf(scale);
  const bad = (wrong: (value: number) => boolean): number | undefined => values.find(wrong);
  const of = values.length > 1 ? ` in one of its ${values.length} channels or blocks` : '';
  const infinite = bad((value) => !Number.isFinite(value));
  if (infinite !== undefined) return problem('error', 'audit-scale-not-finite', `is ${infinite}${of}`);
  const negative = bad((value) => value <= 0);
  if (negative !== undefined) return problem('error', 'audit-scale-not-positive', `is ${negative}${of}`);
  const tiny = bad((value) => value < SMALLEST_SCALE);
  return tiny === undefined ? [] : problem('warning', 'audit-scale-subnormal', `is ${tiny}${of}, which processors may take for zero`);
}

function zeroPointProblems({ node, tensor, scale, zeroPoint, parameters }: Stated): Problem[] {
  if (!zeroPoint) return [];
  const problem = (code: string, message: string): Problem[] => [{ severity: 'error', code, message, tensor, node: node.name }];
  if (zeroPoint.type !== parameters.type) {
    return problem('audit-zero-point-type', `The zero point of ${tensor} is ${zeroPoint.type}, but its codes are ${parameters.type}.`);
  }
  const [scales, zeros] = [floatsOf(scale).length, zeroPoint.dims.reduce((a, b) => a * b, 1)];
  if (zeros !== scales) return problem('audit-zero-point-count', `${tensor} has ${scales} scales but ${zeros} zero points.`);
  if (parameters.type === 'int32' && parameters.zeroPoint.some((value) => value !== 0)) {
    return problem('audit-zero-point-bias', `The int32 constant ${tensor} has a zero point other than 0, which no kernel adds.`);
  }
  const codes = fullCodes(parameters.type);
  const outside = parameters.zeroPoint.find((value) => value < codes.min || value > codes.max);
  return outside === undefined ? [] : problem('audit-zero-point-range', `The zero point ${outside} of ${tensor} is no ${parameters.type} code.`);
}

function axisProblems({ node, tensor, parameters, dims }: Stated): Problem[] {
  if (!dims || parameters.blockSize !== null || parameters.scale.length === 1) return [];
  const { axis, scale } = withRank(parameters, dims.length);
  const channels = dims[axis as number];
  if (channels === scale.length) return [];
  const has = channels === undefined ? `it has only ${dims.length} axes` : `axis ${axis} has ${channels}`;
  const message = `${tensor} has ${scale.length} scales along axis ${axis}, but ${has} (its shape is [${dims.join(', ')}]).`;
  return [{ severity: 'error', code: 'audit-axis-length', message, tensor, node: node.name }];
}

/** Codes that are read with other parameters than they were written with mean other values than the float network computed. */
function rereadProblems(operations: QuantizedView['operations'], activations: QuantizedView['activations']): Problem[] {
  const written = new Map([...activations.values()].map(({ tensor, parameters }) => [tensor, parameters]));
  const problems: Problem[] = [];
  const once = new Set<string>();
  for (const { node, reads } of operations) {
    for (const read of reads) {
      const known = read && !read.codes ? written.get(read.tensor) : undefined;
      if (!read || !known || once.has(read.tensor) || sameParameters(known, read.parameters)) continue;
      once.add(read.tensor);
      const message = `The codes of ${read.tensor} are read by ${node.name} with another scale or zero point than they were written with.`;
      problems.push({ severity: 'warning', code: 'audit-reread', message, tensor: read.tensor, node: node.name });
    }
  }
  return problems;
}
