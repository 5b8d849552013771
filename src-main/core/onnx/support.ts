import { CalibrantError } from '../../contract/errors.ts';
import { subgraphsOf } from './attributes.ts';
import { isKnownDomain } from './domains.ts';
import { countNotFinite } from './finite.ts';
import type { Model } from './graph.ts';
import { isQOperator, isQuantizeOrDequantize, quantizationKind } from './kind.ts';

/**
 * Says in one sentence why a model cannot be quantized yet, and where. Returns when nothing is in the way.
 * @throws CalibrantError `model-unknown-domain`, `model-unsupported-operator`, `model-already-quantized`, `model-unsupported-type`, `model-nan-weights`
 */
export function assertQuantizable(model: Model): void {
  assertOperators(model);
  assertFloat(model);
  assertTypes(model);
  assertFinite(model);
}

function assertOperators({ graph, functions }: Model): void {
  for (const node of graph.nodes) {
    const where = { node: node.name, operator: node.op, domain: node.domain };
    if (!isKnownDomain(node.domain) || functions.includes(node.op)) {
      const kind = functions.includes(node.op) ? 'a function of the file itself' : `an operator of the domain ${node.domain}`;
      throw new CalibrantError(
        'model-unknown-domain',
        `The node ${node.name} (${node.op}) is ${kind}, which Calibrant does not know; export the model with standard ONNX operators only.`,
        where,
      );
    }
    if (subgraphsOf(node).length > 0) {
      throw new CalibrantError(
        'model-unsupported-operator',
        `The node ${node.name} (${node.op}) has a body of its own, which cannot be quantized yet; export the model without control flow.`,
        where,
      );
    }
  }
}

function assertFloat({ graph }: Model): void {
  const kind = quantizationKind(graph);
  if (kind === 'none') return;
  const names = { qdq: 'QuantizeLinear and DequantizeLinear', qoperator: 'integer operators', dynamic: 'dynamic quantization' };
  const first = graph.nodes.find((node) => isQuantizeOrDequantize(node) || isQOperator(node) || kind === 'dynamic');
  throw new CalibrantError(
    'model-already-quantized',
    `The model is quantized already (${names[kind]}, e.g. ${first?.op} at ${first?.name}); quantizing it again would only add error, so start from the float model.`,
    { kind, node: first?.name ?? '' },
  );
}

function assertTypes({ graph }: Model): void {
  const other = (type: string): boolean => type === 'float16' || type === 'float64' || type === 'bfloat16';
  const input = graph.inputs.find(({ type }) => other(type));
  if (input) throw unsupportedType(`input ${input.name}`, input.type);
  for (const node of graph.nodes) {
    const weight = node.inputs.map((name) => graph.constants.get(name)).find((tensor) => tensor && other(tensor.type));
    if (weight) throw unsupportedType(`constant ${weight.name} of the node ${node.name} (${node.op})`, weight.type);
  }
}

function unsupportedType(what: string, type: string): CalibrantError {
  return new CalibrantError('model-unsupported-type', `The ${what} is ${type}; only float32 models can be quantized yet, so export the model in float32.`, {
    type,
  });
}

function assertFinite({ graph }: Model): void {
  for (const tensor of graph.constants.values()) {
    const count = countNotFinite(tensor);
    // A bound of Clip or Pad may be infinite; weights may not.
    if (count === 0 || tensor.dims.length === 0) continue;
    const node = graph.nodes.find(({ inputs }) => inputs.includes(tensor.name));
    throw new CalibrantError(
      'model-nan-weights',
      `The constant ${tensor.name}${node ? ` of the node ${node.name} (${node.op})` : ''} holds ${count} values that are NaN or infinite; export the model again from a checkpoint that works.`,
      { constant: tensor.name, count },
    );
  }
}
