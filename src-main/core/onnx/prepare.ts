import { CalibrantError } from '../../contract/errors.ts';
import type { Problem } from '../../contract/model.ts';
import { subgraphsOf } from './attributes.ts';
import type { Graph, Model } from './graph.ts';
import { opsetObstacle } from './obstacles.ts';
import { unknownTensors, withObserved, type ObservedShape } from './observed.ts';
import { irVersionOf, opsetOf, TARGET_OPSET } from './opset.ts';
import { constantNodes } from './passes/constant-nodes.ts';
import { constantReshapes } from './passes/constant-reshapes.ts';
import { dropDead } from './passes/drop-dead.ts';
import { dropIdentities } from './passes/drop-identities.ts';
import { foldAffine } from './passes/fold-affine.ts';
import { foldConstants } from './passes/fold-constants.ts';
import { inlineBranches } from './passes/inline-branches.ts';
import { convertOpset } from './passes/opset/convert.ts';
import type { Pass } from './passes/pass.ts';
import { inferShapes } from './shapes.ts';

/**
 * In this order: each pass finds what the ones before it have uncovered. The first come before the conversion, which has to know constants; what is
 * dead goes before it can stand in the way of a fold, and again for the constants that folds leave behind.
 */
const PASSES_BEFORE: readonly Pass[] = [constantNodes, foldConstants];
const PASSES_AFTER: readonly Pass[] = [constantReshapes, dropDead, dropIdentities, foldAffine, dropDead];

export interface PrepareOptions {
  /** Version of ai.onnx that the result has at least: 13 unless given; 16-bit and 4-bit types and blocks need 21. */
  opset?: number;
  /** What a run of the prepared model gave for its `unknownTensors`. */
  observedShapes?: ReadonlyMap<string, ObservedShape>;
}

/**
 * The model as the quantizer wants it: of a late enough opset, constants computed, what only scales and shifts folded into the weights before it, nothing
 * that does nothing, all types and shapes that can be known. It computes the same; inputs and outputs keep their names. Bodies (If, Loop, Scan) are only
 * converted.
 * @returns the model, and in `notes` what was done to it and what could not be
 * @throws CalibrantError `model-unsupported-opset` outside 7 to 26, `model-unsupported-operator` for what the later opset cannot express
 */
export function prepareModel(model: Model, options: PrepareOptions = {}): { model: Model; notes: Problem[] } {
  const [obstacle] = opsetObstacle(model);
  if (obstacle) throw new CalibrantError(obstacle.code, obstacle.message, { opset: opsetOf(model) });
  const before = opsetOf(model);
  const opset = Math.max(before, TARGET_OPSET, options.opset ?? 0);
  const notes: Problem[] = [];
  const note = (code: string, message: string, node?: string): void => void notes.push({ severity: 'note', code, message, ...(node ? { node } : {}) });
  const run = (graph: Graph, passes: readonly Pass[], version: number): Graph => passes.reduce((now, pass) => pass(now, { opset: version, note }), graph);

  let folded = run(model.graph, PASSES_BEFORE, before);
  // What a branch has inside can be folded now, and decide on the branches in it.
  for (let inlined = inlineBranches(folded, { opset: before, note }); inlined !== folded; inlined = inlineBranches(folded, { opset: before, note })) {
    folded = run(inlined, PASSES_BEFORE, before);
  }
  const converted = convertOpset(folded, before, opset);
  if (opset !== before) note('prepared-opset', `The model was converted from opset ${before} to ${opset}.`);
  const graph = inferShapes(run(converted, PASSES_AFTER, opset), opset);

  const bodies = graph.nodes.filter((node) => subgraphsOf(node).length > 0);
  if (bodies[0])
    note(
      'prepared-control-flow',
      `Nodes with graphs inside them, which stay as they are: ${bodies.length}, the first is ${bodies[0].name} (${bodies[0].op}).`,
      bodies[0].name,
    );
  const irVersion = Math.max(model.irVersion, irVersionOf(opset));
  const prepared: Model = { ...model, irVersion, opsets: new Map(model.opsets).set('', opset), graph };
  if (!options.observedShapes) return { model: prepared, notes };
  const filled = withObserved(prepared, options.observedShapes);
  const count = unknownTensors(prepared).length - unknownTensors(filled).length;
  if (count > 0) note('prepared-observed', `Tensors whose type or shape is known from a run only: ${count}.`);
  return { model: filled, notes };
}
