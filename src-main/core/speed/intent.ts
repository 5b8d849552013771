import type { Placement } from '../../contract/results.ts';
import type { Graph } from '../onnx/graph.ts';
import { quantizationKind } from '../onnx/kind.ts';
import { roundedOnLoad } from '../quant/rounded-on-load.ts';
import { viewQuantized, type Operation } from '../quant/existing/quantized-view.ts';

/** What a node is meant to be computed in. */
export type Intent = 'integer' | 'float';

/** As the recipe decided. Nodes that it fused are in neither. */
export function intentOfRecipe(placements: readonly Placement[]): Map<string, Intent> {
  return new Map(
    placements.flatMap(({ node, placement }) => (placement === 'fused' ? [] : [[node, placement === 'integer' ? 'integer' : 'float'] as [string, Intent]])),
  );
}

/**
 * As a quantized file itself says it: integers are meant where codes go in and come out, perhaps behind an activation that the kernel takes along. null for a
 * model that is not quantized. Float weights are meant float, whatever ONNX Runtime makes of them.
 */
export function intentOfFile(graph: Graph): Map<string, Intent> | null {
  if (quantizationKind(graph) === 'none') return null;
  const { operations, view } = viewQuantized(graph);
  const rounded = new Set(roundedOnLoad(graph));
  const byNode = new Map(operations.map((operation) => [operation.node, operation]));
  const makesCodes = ({ node, makes }: Operation): boolean => {
    if (makes.some((made) => made !== null)) return true;
    const [next, ...others] = view.consumers.get(node.outputs[0] ?? '') ?? [];
    const activation = next && others.length === 0 && (next.op === 'Relu' || next.op === 'Clip') ? byNode.get(next) : undefined;
    return activation?.makes.some((made) => made !== null) ?? false;
  };
  return new Map(
    operations.map((operation) => {
      const { node, reads, onCodes } = operation;
      const integer = onCodes || (!rounded.has(node) && reads.some((read) => read !== null && read.codes === null) && makesCodes(operation));
      return [node.name, integer ? 'integer' : 'float'] as const;
    }),
  );
}

/** Type of the codes of activations; null where there are none or several. */
export function activationType(graph: Graph): string | null {
  const types = new Set([...viewQuantized(graph).activations.values()].map(({ parameters }) => parameters.type as string));
  const [only] = types;
  return types.size === 1 ? (only ?? null) : null;
}
