import type { Problem } from '../../../contract/model.ts';
import { elementCount } from '../../onnx/tensor.ts';
import { unpackCodes } from '../codes.ts';
import { ONNXRUNTIME } from '../rules/onnxruntime.ts';
import { ruleOf } from '../rules/rule.ts';
import { forEachRun, scaleLayout } from '../scale-layout.ts';
import { fullCodes, isSigned } from '../scale.ts';
import { FEW_STEPS } from '../weights.ts';
import { withRank, type CodeParameters } from './code-parameters.ts';
import type { Coded, Operation, QuantizedView } from './quantized-view.ts';

/** Constant codes: a Coded whose codes are there. */
type Constant = Coded & { codes: NonNullable<Coded['codes']> };

/** What is wrong with constant weights and biases. */
export function auditWeights({ operations }: QuantizedView): Problem[] {
  const problems: Problem[] = [];
  const once = new Set<string>();
  for (const operation of operations) {
    const rule = ruleOf(ONNXRUNTIME, { ...operation.node, op: operation.op, domain: '' });
    operation.reads.forEach((read, index) => {
      if (!read?.codes || once.has(read.tensor)) return;
      once.add(read.tensor);
      const constant: Constant = { ...read, codes: read.codes };
      if (index === rule?.bias?.input || read.parameters.type === 'int32') problems.push(...biasProblems(operation, constant));
      else
        problems.push(...weightProblems(operation, constant, rule?.weight?.input === index ? rule.weight.axis(operation.node, read.codes.dims.length) : null));
    });
    problems.push(...typeProblems(operation));
  }
  return problems;
}

function weightProblems({ node }: Operation, { tensor, parameters, codes }: Constant, channelAxis: number | null): Problem[] {
  const p = withRank(parameters, codes.dims.length);
  const values = unpackCodes(p.type, codes.bytes, elementCount(codes.dims));
  const problems: Problem[] = [];
  const add = (code: string, message: string): void => void problems.push({ severity: 'warning', code, message, tensor, node: node.name });
  if (isSigned(p.type) && p.zeroPoint.some((zero) => zero !== 0)) {
    add('audit-weight-zero-point', `The ${p.type} weights ${tensor} have a zero point other than 0; kernels for symmetric weights refuse them or are slow.`);
  }
  if (p.axis !== null && p.blockSize === null && channelAxis !== null && p.axis !== channelAxis) {
    add('audit-axis-wrong', `The scales of ${tensor} lie along axis ${p.axis}, but the output channels of ${node.name} along axis ${channelAxis}.`);
  }
  if (p.blockSize === null && (p.axis === null || codes.dims[p.axis] === p.scale.length)) {
    const spans = spansOf(values, codes.dims, p);
    const wasteful = spans.filter(({ used }) => used > 0 && used < 0.5);
    if (wasteful.length > 0) {
      const least = Math.round(100 * wasteful.reduce((a, { used }) => Math.min(a, used), 1));
      const who = p.axis === null ? `The weights ${tensor} use` : `${wasteful.length} of ${spans.length} channels of ${tensor} use`;
      add(
        'audit-codes-wasted',
        `${who} less than half of the ${p.type} codes (${p.axis === null ? '' : 'the worst '}${least} %): the scale is larger than the weights need.`,
      );
    }
    const coarse = spans.filter(({ values: count }) => count >= FEW_VALUES);
    const gap = coarse.reduce((least, one) => Math.min(least, one.gap), Infinity);
    if (coarse.length > 0 && gap >= 2 && gap < Infinity) {
      add('audit-weights-requantized', `The codes of ${tensor} lie at least ${gap} apart: these weights were quantized more coarsely before.`);
    }
  }
  if (p.axis === null && channelAxis !== null) {
    const channels = spansOf(values, codes.dims, { ...p, axis: channelAxis, scale: new Float32Array(codes.dims[channelAxis] as number).fill(p.scale[0] as number), zeroPoint: new Int32Array(codes.dims[channelAxis] as number).fill(p.zeroPoint[0] as number) }); // prettier-ignore
    const alive = channels.filter(({ greatest }) => greatest > 0);
    const starved = alive.filter(({ greatest }) => greatest < FEW_STEPS);
    if (starved.length > 0.1 * alive.length) {
      add('audit-weights-starved', `${starved.length} of ${channels.length} channels of ${tensor} have fewer than ${FEW_STEPS} steps each side of zero, since all channels share one scale; give each its own.`); // prettier-ignore
    }
  }
  return problems;
}

/** Codes of so few weights say nothing of the grid that they lie on. */
const FEW_VALUES = 64;

interface Span {
  values: number;
  /** Share of the codes between the lowest and the highest that occurs; for symmetric ones, of the steps on the longer side of zero. */
  used: number;
  /** Greatest distance from the zero point. */
  greatest: number;
  /** Least distance between two different codes. */
  gap: number;
}

/** How each channel uses the codes. */
function spansOf(values: Int32Array, dims: readonly number[], p: CodeParameters): Span[] {
  const codes = fullCodes(p.type);
  const seen = p.scale.length * 65536 <= 2 ** 26 || codes.max - codes.min < 256 ? Array.from(p.scale, () => new Set<number>()) : null;
  const low = new Int32Array(p.scale.length).fill(codes.max);
  const high = new Int32Array(p.scale.length).fill(codes.min);
  const counts = new Int32Array(p.scale.length);
  forEachRun(scaleLayout(dims, p), (from, to, index) => {
    counts[index] = (counts[index] as number) + to - from;
    for (let i = from; i < to; i++) {
      const value = values[i] as number;
      if (value < (low[index] as number)) low[index] = value;
      if (value > (high[index] as number)) high[index] = value;
      seen?.[index]?.add(value);
    }
  });
  return Array.from(counts, (count, index) => {
    const [zero, bottom, top] = [p.zeroPoint[index] as number, low[index] as number, high[index] as number];
    const greatest = count === 0 ? 0 : Math.max(top - zero, zero - bottom);
    const middle = isSigned(p.type) ? 0 : (codes.max + 1) / 2;
    const used = zero === middle ? greatest / (codes.max - middle) : (top - bottom) / (codes.max - codes.min);
    const sorted = seen ? [...(seen[index] as Set<number>)].sort((a, b) => a - b) : [];
    const gap = sorted.slice(1).reduce((least, value, i) => Math.min(least, value - (sorted[i] as number)), Infinity);
    return { values: count, used: greatest === 0 ? 0 : used, greatest, gap };
  });
}

/** Relative. */
const BIAS_SCALE_TOLERANCE = 1e-3;

function biasProblems({ node, reads }: Operation, { tensor, parameters, codes }: Constant): Problem[] {
  const problems: Problem[] = [];
  const add = (code: string, message: string): void => void problems.push({ severity: 'warning', code, message, tensor, node: node.name });
  const [input, weight] = reads;
  if (input && weight?.codes) {
    const unit = weight.parameters.scale.map((scale) => scale * (input.parameters.scale[0] as number));
    const off = Array.from(parameters.scale, (scale, i) => Math.abs(scale / (unit[unit.length === 1 ? 0 : i % unit.length] as number) - 1));
    const worst = off.reduce((a, b) => Math.max(a, b), 0);
    if (worst > BIAS_SCALE_TOLERANCE || (parameters.scale.length === 1 && unit.length > 1)) {
      add('audit-bias-scale', `The scale of the bias ${tensor} is not scale(input) · scale(weights) of ${node.name}${worst > BIAS_SCALE_TOLERANCE ? ` (off by ${readable(100 * worst)} %)` : ''}: kernels add it in that unit, and the bias comes out wrong.`); // prettier-ignore
    }
  }
  const limit = fullCodes(parameters.type);
  const saturated = unpackCodes(parameters.type, codes.bytes, elementCount(codes.dims)).filter((code) => code <= limit.min || code >= limit.max).length;
  if (saturated > 0) add('audit-bias-saturated', `${saturated} values of the bias ${tensor} are at the end of ${parameters.type}: they were clipped.`);
  return problems;
}

/** Pairs of types that no integer kernel takes. */
function typeProblems({ node, op, reads }: Operation): Problem[] {
  const [input, weight] = reads;
  if (!['Conv', 'ConvTranspose', 'Gemm', 'MatMul'].includes(op) || input?.parameters.type !== 'int8' || weight?.parameters.type !== 'uint8') return [];
  const message = `${node.name} multiplies int8 activations with uint8 weights, for which there is no integer kernel; it runs in float.`;
  return [{ severity: 'warning', code: 'audit-types', message, node: node.name }];
}

function readable(value: number): string {
  return String(Number(value.toPrecision(2)));
}
