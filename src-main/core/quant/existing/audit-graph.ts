import type { Problem } from '../../../contract/model.ts';
import type { Placement } from '../../../contract/results.ts';
import type { Node } from '../../onnx/graph.ts';
import { ONNXRUNTIME } from '../rules/onnxruntime.ts';
import { ruleOf } from '../rules/rule.ts';
import { fullCodes } from '../scale.ts';
import { sameParameters } from './code-parameters.ts';
import type { Operation, QuantizedView } from './quantized-view.ts';

/** Which nodes run in integers, as ONNX Runtime understands the file. Q and DQ nodes, which belong to their neighbours, are left out. */
export function placeQuantized({ view, operations }: QuantizedView): Map<Operation, Placement> {
  const placed = new Map<Operation, Placement>();
  const byNode = new Map(operations.map((operation) => [operation.node, operation]));
  const place = (operation: Operation, placement: 'integer' | 'float' | 'fused', why: string): void => {
    placed.set(operation, { node: operation.node.name, op: operation.node.op, placement, reason: `${placement}: ${why}` });
  };
  /** An activation function behind an integer node, whose result is quantized. */
  const boundBehind = (node: Node): Operation | null => {
    const [reader, ...others] = view.consumers.get(node.outputs[0] as string) ?? [];
    const behind = reader && others.length === 0 ? byNode.get(reader) : undefined;
    const fuses = behind && ruleOf(ONNXRUNTIME, behind.node)?.bounds && behind.makes[0] && !view.outputs.has(node.outputs[0] as string);
    return fuses ? behind : null;
  };
  for (const operation of operations) {
    const { node, reads, makes, onCodes } = operation;
    if (placed.has(operation)) continue;
    const floats = node.inputs.filter((name, i) => !reads[i] && !view.constant(name) && view.typeOf(name) === 'float32');
    if (onCodes) place(operation, 'integer', `${node.op} works on codes`);
    else if (reads.every((read) => read === null || read.codes !== null)) place(operation, 'float', 'none of its inputs is quantized');
    else if (floats.length > 0) place(operation, 'float', `its input ${floats[0]} is not quantized`);
    else if (!ruleOf(ONNXRUNTIME, node)) place(operation, 'float', `ONNX Runtime has no integer form of ${node.op}`);
    else if (makes.every((made) => made !== null) || view.typeOf(node.outputs[0] as string) === 'int64')
      place(operation, 'integer', 'between DequantizeLinear and QuantizeLinear');
    else {
      const behind = boundBehind(node);
      if (behind) {
        place(operation, 'integer', `between DequantizeLinear and QuantizeLinear, with ${behind.node.op}`);
        place(behind, 'fused', `${behind.node.op} disappears in the range of ${behind.node.outputs[0]}`);
      } else {
        place(operation, 'float', 'its result is not quantized');
      }
    }
  }
  return placed;
}

/** What is wrong with how Q/DQ pairs lie in the graph. */
export function auditGraph(quantized: QuantizedView, placed: ReadonlyMap<Operation, Placement>): Problem[] {
  return [...inputRanges(quantized), ...floatOutputs(quantized), ...islands(quantized, placed), ...doublePairs(quantized), ...unsharedParameters(quantized)];
}

/** A file cannot tell whether its preprocessing is the one that it was calibrated with; the range of its inputs lets people see it. */
function inputRanges({ view, activations }: QuantizedView): Problem[] {
  const isInput = (name: string): boolean => {
    const node = view.producers.get(name);
    return node ? KEEPS_VALUES.has(node.op) && isInput(node.inputs[0] as string) : view.inputs.has(name);
  };
  return [...activations.values()]
    .filter(({ tensor, parameters }) => parameters.scale.length === 1 && isInput(tensor))
    .map(({ tensor, parameters: { type, scale, zeroPoint } }) => {
      const [step, codes] = [scale[0] as number, fullCodes(type)];
      const end = (code: number): string => readable((code - (zeroPoint[0] as number)) * step);
      const message = `The input ${tensor} was calibrated for values from ${end(codes.min)} to ${end(codes.max)} in steps of ${readable(step)}; a preprocessing that gives others was not the one of the calibration.`;
      return { severity: 'note', code: 'audit-input-range', message, tensor };
    });
}

function readable(value: number): string {
  return String(Number(value.toPrecision(3)));
}

const KEEPS_VALUES = new Set(['Identity', 'Reshape', 'Flatten', 'Squeeze', 'Unsqueeze', 'Transpose']);

/** Outputs that are computed from codes, but leave as floats that never were codes. */
function floatOutputs({ view, operations }: QuantizedView): Problem[] {
  const byNode = new Map(operations.map((operation) => [operation.node, operation]));
  return view.graph.outputs.flatMap(({ name }): Problem[] => {
    let node = view.producers.get(name);
    while (node && KEEPS_VALUES.has(node.op) && !byNode.get(node)?.reads.some((read) => read)) node = view.producers.get(node.inputs[0] as string);
    const operation = node && byNode.get(node);
    if (!node || !operation || operation.onCodes || KEEPS_VALUES.has(node.op) || !operation.reads.some((read) => read && !read.codes)) return [];
    const message = `The output ${name} is not quantized, although the inputs of ${node.name} (${node.op}), which makes it, are: it has no scale for devices that compute in integers only.`;
    return [{ severity: 'warning', code: 'audit-output-float', message, tensor: name, node: node.name }];
  });
}

/** Connected float nodes that read what was codes and whose results become codes again: each costs a conversion on every edge. */
function islands({ view, operations }: QuantizedView, placed: ReadonlyMap<Operation, Placement>): Problem[] {
  const float = operations.filter((operation) => placed.get(operation)?.placement === 'float');
  const byNode = new Map(float.map((operation) => [operation.node, operation]));
  const done = new Set<Operation>();
  const found: Operation[][] = [];
  for (const start of float) {
    if (done.has(start)) continue;
    const island: Operation[] = [];
    const open = [start];
    done.add(start);
    for (let operation = open.pop(); operation; operation = open.pop()) {
      island.push(operation);
      const { node } = operation;
      const neighbours = [...node.inputs.map((name) => view.producers.get(name)), ...node.outputs.flatMap((name) => view.consumers.get(name) ?? [])];
      for (const neighbour of neighbours) {
        const next = neighbour && byNode.get(neighbour);
        if (next && !done.has(next)) {
          done.add(next);
          open.push(next);
        }
      }
    }
    const reads = island.some((operation) => operation.reads.some((read) => read && !read.codes));
    if (reads && island.some(({ makes }) => makes.some((made) => made))) found.push(island);
  }
  const [first] = found;
  if (!first) return [];
  const counts = Map.groupBy(found.flat(), ({ node }) => node.op);
  const ops = [...counts].map(([op, all]) => `${op} ${all.length}`).join(', ');
  const node = (first[0] as Operation).node.name;
  const message = `Float nodes between integer ones: ${found.flat().length} in ${found.length} ${found.length === 1 ? 'place' : 'places'} (${ops}), the first is ${node}; each costs conversions at its edges.`;
  return [{ severity: 'warning', code: 'audit-float-island', message, node }];
}

/** Q→DQ→Q→DQ: the second rounding gains nothing. */
function doublePairs({ view, activations }: QuantizedView): Problem[] {
  const problems: Problem[] = [];
  for (const [codes, { tensor, parameters }] of activations) {
    const quantize = view.producers.get(codes);
    const before = quantize?.op === 'QuantizeLinear' ? view.producers.get(quantize.inputs[0] as string) : undefined;
    const first = before?.op === 'DequantizeLinear' ? activations.get(before.inputs[0] as string) : undefined;
    if (!quantize || !first) continue;
    const same = sameParameters(first.parameters, parameters);
    const message = same
      ? `${tensor} is quantized twice with the same parameters; the second pair (${quantize.name}) does nothing.`
      : `${tensor} is quantized twice, first to ${first.parameters.type} and again by ${quantize.name} to ${parameters.type} with other parameters: it is rounded twice.`;
    problems.push({ severity: same ? 'note' : 'warning', code: 'audit-quantized-twice', message, tensor, node: quantize.name });
  }
  return problems;
}

/** Operators that only move values, with other parameters behind them than before: runtimes then compute them in float, and the values are rounded anew. */
function unsharedParameters({ operations }: QuantizedView): Problem[] {
  return operations.flatMap(({ node, op, reads, makes, onCodes }): Problem[] => {
    const [read, made] = [reads[0], makes[0]];
    const rule = onCodes ? null : ruleOf(ONNXRUNTIME, node);
    if (rule?.output === 'input' && read && made && !sameParameters(read.parameters, made.parameters)) {
      const message = `${node.name} (${op}) only moves values, but its result has another scale or zero point than its input: it runs in float and rounds anew.`;
      return [{ severity: 'warning', code: 'audit-unshared', message, node: node.name }];
    }
    const parts = reads.filter((part) => part !== null);
    if (op === 'Concat' && made && parts.some((part) => !sameParameters(part.parameters, made.parameters))) {
      const message = `${node.name} joins tensors of different scales: their codes are converted, and TFLite devices refuse it.`;
      return [{ severity: 'note', code: 'audit-concat-scales', message, node: node.name }];
    }
    return [];
  });
}
