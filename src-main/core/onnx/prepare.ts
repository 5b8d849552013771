import { CalibrantError } from '../../contract/errors.ts';
import type { Problem } from '../../contract/model.ts';
import type { Graph, Model } from './graph.ts';
import { opsetObstacle } from './obstacles.ts';
import { opsetOf } from './opset.ts';
import { constantNodes } from './passes/constant-nodes.ts';
import { constantReshapes } from './passes/constant-reshapes.ts';
import { convertOpset, TARGET_OPSET } from './passes/convert-opset.ts';
import { dropDead } from './passes/drop-dead.ts';
import { dropIdentities } from './passes/drop-identities.ts';
import { foldBatchNorm } from './passes/fold-batch-norm.ts';
import { foldConstants } from './passes/fold-constants.ts';
import { inferShapes } from './shapes.ts';

type Pass = (graph: Graph, opset: number) => Graph;

/** In this order: each pass finds what the ones before it have uncovered. */
const PASSES: readonly [pass: Pass, removed: string | null][] = [
  [constantNodes, null],
  [foldConstants, 'Nodes computed beforehand, since they only depend on constants or on static shapes'],
  [constantReshapes, null],
  [dropIdentities, 'Identity and Dropout nodes removed, since they do nothing at inference'],
  [foldBatchNorm, 'BatchNormalization nodes folded into the weights of the node before them'],
  [dropDead, 'Nodes removed, since no output needs them'],
];

/**
 * The model as the quantizer wants it: opset 13 or above, constants folded, BatchNormalization folded, nothing that does nothing, all types and shapes that
 * can be known. It computes the same; inputs and outputs keep their names.
 * @returns the model, and in `notes` what was done to it
 * @throws CalibrantError `model-unsupported-opset` outside 7 to 21, `model-unsupported-operator` for what opset 13 cannot express
 */
export function prepareModel(model: Model): { model: Model; notes: Problem[] } {
  const [obstacle] = opsetObstacle(model);
  if (obstacle) throw new CalibrantError(obstacle.code, obstacle.message, { opset: opsetOf(model) });
  const before = opsetOf(model);
  const opset = Math.max(before, TARGET_OPSET);
  const notes: Problem[] = [];
  const note = (code: string, message: string): void => void notes.push({ severity: 'note', code, message });

  let graph = convertOpset(model.graph, before);
  if (opset !== before) note('prepared-opset', `The model was converted from opset ${before} to ${opset}.`);
  for (const [pass, removed] of PASSES) {
    const next = pass(graph, opset);
    const count = graph.nodes.length - next.nodes.length;
    if (removed && count > 0) note('prepared-graph', `${removed}: ${count}.`);
    graph = next;
  }
  const norms = graph.nodes.filter((node) => node.op === 'BatchNormalization');
  if (norms[0]) {
    const message = `BatchNormalization nodes that stay, since no float32 Conv, ConvTranspose or Gemm of their own is before them: ${norms.length}, the first is ${norms[0].name}.`;
    notes.push({ severity: 'note', code: 'prepared-batch-norm', message, node: norms[0].name });
  }
  // Opset 13 came with IR version 7.
  const irVersion = Math.max(model.irVersion, 7);
  return { model: { ...model, irVersion, opsets: new Map(model.opsets).set('', opset), graph: inferShapes(graph, opset) }, notes };
}
