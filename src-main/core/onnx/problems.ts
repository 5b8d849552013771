import type { Problem } from '../../contract/model.ts';
import { subgraphsOf } from './attributes.ts';
import type { Model, TensorInfo } from './graph.ts';
import { namesReadBy } from './names.ts';
import { obstaclesOf } from './obstacles.ts';
import { NEWEST_OPSET, OLDEST_OPSET, opsetOf, TARGET_OPSET } from './opset.ts';
import { hasShapeRule } from './shapes.ts';

/**
 * Everything odd about a model: what keeps it from being quantized first, then what is worth knowing.
 * @param model with inferred shapes
 */
export function problemsOf(model: Model): Problem[] {
  const obstacles = obstaclesOf(model).map((obstacle): Problem =>
    // Fine as a model; it only cannot be quantized once more.
    obstacle.code === 'model-already-quantized' ? { ...obstacle, severity: 'note' } : obstacle,
  );
  return [
    ...obstacles,
    ...opsetNote(model),
    ...model.graph.inputs.flatMap(inputProblems),
    ...listedNote(model),
    ...bodiesNote(model),
    ...deadNodes(model),
    ...unknownShapes(model),
  ];
}

function opsetNote(model: Model): Problem[] {
  const opset = opsetOf(model);
  if (opset < OLDEST_OPSET || opset > NEWEST_OPSET || opset >= TARGET_OPSET) return [];
  const message = `The model uses opset ${opset}; Calibrant converts it to ${TARGET_OPSET} before it quantizes, since per-channel weights need that.`;
  return [{ severity: 'note', code: 'model-old-opset', message }];
}

function inputProblems({ name, shape }: TensorInfo): Problem[] {
  if (!shape) {
    const message = `Nothing is known of the shape of the input ${name}; say it when you calibrate.`;
    return [{ severity: 'warning', code: 'model-dynamic-shape', message, tensor: name }];
  }
  const problems: Problem[] = [];
  const text = `[${shape.map((dim) => dim ?? '?').join(', ')}]`;
  const open = shape.slice(1).filter((dim) => typeof dim !== 'number');
  if (open.length > 0 || (shape.length === 1 && typeof shape[0] !== 'number')) {
    const message = `The input ${name} has the shape ${text}, and nothing in the model fixes its dynamic size; the size of the preprocessed images will.`;
    problems.push({ severity: 'warning', code: 'model-dynamic-shape', message, tensor: name });
  } else if (shape.length > 1 && typeof shape[0] !== 'number') {
    problems.push({
      severity: 'note',
      code: 'model-dynamic-batch',
      message: `The model takes any number of samples at a time: the first size of its input "${name}", ${text}, is open.`,
      tensor: name,
    });
  }
  if (shape.length !== 4) {
    const message = `The input ${name} has the shape ${text}, which is no batch of images; it takes feature vectors of that shape.`;
    problems.push({ severity: 'note', code: 'model-input-not-image', message, tensor: name });
  }
  return problems;
}

function listedNote({ listedAsInputs = [] }: Model): Problem[] {
  if (listedAsInputs.length === 0) return [];
  const message = `Weights that are listed as inputs too, as old files do: ${listedAsInputs.length}, the first is ${listedAsInputs[0]}; they are treated as constants.`;
  return [{ severity: 'note', code: 'model-weights-listed-as-inputs', message }];
}

/** Control flow. */
function bodiesNote({ graph }: Model): Problem[] {
  const nodes = graph.nodes.filter((node) => subgraphsOf(node).length > 0);
  const [first] = nodes;
  if (!first) return [];
  const more = nodes.length > 1 ? ` and ${nodes.length - 1} more` : '';
  const message = `Node ${first.name} (${first.op})${more} has a graph of its own inside; such nodes and all in them stay float.`;
  return [{ severity: 'note', code: 'model-control-flow', message, node: first.name }];
}

/** Nodes whose results nobody reads. */
function deadNodes({ graph }: Model): Problem[] {
  const alive = new Set(graph.outputs.map((output) => output.name));
  const dead = graph.nodes.toReversed().filter((node) => {
    if (!node.outputs.some((output) => alive.has(output))) return true;
    for (const name of namesReadBy(node)) alive.add(name);
    return false;
  });
  const first = dead.at(-1);
  if (!first) return [];
  const more = dead.length > 1 ? ` and ${dead.length - 1} more` : '';
  const message = `Node ${first.name} (${first.op})${more} computes what no output needs; quantization drops it.`;
  return [{ severity: 'note', code: 'model-dead-nodes', message, node: first.name }];
}

function unknownShapes({ graph }: Model): Problem[] {
  const unknown = graph.nodes.filter((node) => node.domain === '' && !hasShapeRule(node));
  return [...Map.groupBy(unknown, (node) => node.op).values()].map((nodes) => {
    const { name, op } = nodes[0] as (typeof nodes)[number];
    const message = `Calibrant does not know the operator ${op} (node ${name}); it stays float, and shapes behind it are known only if the file says them.`;
    return { severity: 'warning', code: 'model-unknown-operator', message, node: name };
  });
}
