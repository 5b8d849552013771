import type { ErrorCode } from '../../contract/errors.ts';
import type { Problem } from '../../contract/model.ts';
import { nodesWithin } from './attributes.ts';
import { isKnownDomain } from './domains.ts';
import { countNotFinite } from './finite.ts';
import type { ElementType, Graph, Model, Node } from './graph.ts';
import { namesReadBy } from './names.ts';
import { NEWEST_OPSET, OLDEST_OPSET, opsetOf, TARGET_OPSET } from './opset.ts';
import { quantizationKind, quantizationOf } from './kind.ts';
import { elementCount } from './tensor.ts';

export type Obstacle = Problem & { code: ErrorCode };

/** What keeps a model from being quantized, each in one sentence that names node and operator; the first is the one to tell. */
export function obstaclesOf(model: Model): Obstacle[] {
  const { graph } = model;
  const readers = firstReaders(graph);
  return [
    ...opsetObstacle(model),
    ...functionObstacles(model),
    ...domainObstacles(model),
    ...quantizedObstacle(graph),
    ...typeObstacles(graph, readers),
    ...valueObstacles(graph, readers),
  ];
}

export function opsetObstacle(model: Model): Obstacle[] {
  const opset = opsetOf(model);
  if (opset >= OLDEST_OPSET && opset <= NEWEST_OPSET) return [];
  const message =
    opset === 0
      ? `The model does not say which version of the ONNX operators it uses; export it again, with opset ${TARGET_OPSET} to ${NEWEST_OPSET}.`
      : `The model uses ONNX opset ${opset}, and Calibrant understands ${OLDEST_OPSET} to ${NEWEST_OPSET}; export it again, with opset ${TARGET_OPSET} to ${NEWEST_OPSET}.`;
  return [{ severity: 'error', code: 'model-unsupported-opset', message }];
}

function functionObstacles(model: Model): Obstacle[] {
  const { functions, graph } = model;
  if (functions.length === 0) return [];
  const user = graph.nodes.find((node) => functions.includes(node.domain ? `${node.domain}.${node.op}` : node.op));
  const where = user ? `node ${user.name} calls ${user.op}, a function that` : `${functions.join(', ')} are functions that`;
  const message = `In this model, ${where} the file itself defines, which is not supported yet; inline the functions (onnx.inliner.inline_local_functions).`;
  return [{ severity: 'error', code: 'model-unsupported-operator', message, ...(user ? { node: user.name } : {}) }];
}

function domainObstacles({ graph, functions }: Model): Obstacle[] {
  const foreign = nodesWithin(graph).filter((node) => !isKnownDomain(node.domain) && !functions.includes(`${node.domain}.${node.op}`));
  const kinds = Map.groupBy(foreign, (node) => `${node.domain}::${node.op}`);
  return [...kinds.values()].map((nodes) => {
    const { name, op, domain } = nodes[0] as (typeof nodes)[number];
    const more = nodes.length > 1 ? ` (and ${nodes.length - 1} more)` : '';
    const message = `Node ${name}${more} uses the operator ${op} of the domain ${domain}, which Calibrant does not know; remove it from the model, or export without it.`;
    return { severity: 'error', code: 'model-unknown-domain', message, node: name };
  });
}

function quantizedObstacle(graph: Graph): Obstacle[] {
  const node = graph.nodes.find(quantizationOf);
  if (!node) return [];
  const form = { qdq: 'QDQ', qoperator: 'QOperator', dynamic: 'dynamic', none: '' }[quantizationKind(graph)];
  const message = `The model is quantized already (${form}: node ${node.name} is a ${node.op}); start from the float model that it was made from, or let the recipe keep or dequantize it.`;
  return [{ severity: 'error', code: 'model-already-quantized', message, node: node.name }];
}

/** Types of weights that the float model may not have; integers are indices and shapes, not weights. */
const WRONG_FLOATS: readonly ElementType[] = ['float16', 'bfloat16', 'float64'];

function typeObstacles(graph: Graph, readers: Map<string, Node>): Obstacle[] {
  const advice = 'export it again from float32 weights (in PyTorch: model.float() before the export)';
  const obstacle = (what: string, type: ElementType, tensor: string): Obstacle => {
    const user = readers.get(tensor);
    const message = `The ${what} ${tensor}${user ? `, read by node ${user.name} (${user.op}),` : ''} is ${type}, and only float32 models can be quantized; ${advice}.`;
    return { severity: 'error', code: 'model-unsupported-type', message, tensor, ...(user ? { node: user.name } : {}) };
  };
  const inputs = graph.inputs.filter((input) => WRONG_FLOATS.includes(input.type)).map((input) => obstacle('input', input.type, input.name));
  // A single number, such as an exponent, is no weight.
  const weight = [...graph.constants.values()].find((tensor) => WRONG_FLOATS.includes(tensor.type) && elementCount(tensor.dims) > 1);
  return weight ? [...inputs, obstacle('constant', weight.type, weight.name)] : inputs;
}

function valueObstacles(graph: Graph, readers: Map<string, Node>): Obstacle[] {
  return [...graph.constants.values()].flatMap((tensor): Obstacle[] => {
    const count = countNotFinite(tensor);
    if (count === 0) return [];
    const user = readers.get(tensor.name);
    const message = `The constant ${tensor.name}${user ? `, read by node ${user.name} (${user.op}),` : ''} has ${count} of ${elementCount(tensor.dims)} values that are NaN or infinite; repair the training or the export.`;
    return [{ severity: 'error', code: 'model-nan-weights', message, tensor: tensor.name, ...(user ? { node: user.name } : {}) }];
  });
}

/** Tensor → the first node that reads it. */
function firstReaders(graph: Graph): Map<string, Node> {
  const readers = new Map<string, Node>();
  for (const node of graph.nodes) for (const name of namesReadBy(node)) if (!readers.has(name)) readers.set(name, node);
  return readers;
}
