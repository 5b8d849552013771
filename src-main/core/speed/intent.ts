import type { Placement } from '../../contract/results.ts';
import type { Graph } from '../onnx/graph.ts';
import { quantizationKind } from '../onnx/kind.ts';
import { viewQuantized } from '../quant/existing/quantized-view.ts';

/** What a node is meant to be computed in. */
export type Intent = 'integer' | 'float';

/** As the recipe decided. Nodes that it fused are in neither. */
export function intentOfRecipe(placements: readonly Placement[]): Map<string, Intent> {
  return new Map(
    placements.flatMap(({ node, placement }) => (placement === 'fused' ? [] : [[node, placement === 'integer' ? 'integer' : 'float'] as [string, Intent]])),
  );
}

/** As a quantized file itself says it: integers are meant where codes go in and come out. null for a model that is not quantized. */
export function intentOfFile(graph: Graph): Map<string, Intent> | null {
  if (quantizationKind(graph) === 'none') return null;
  const { operations } = viewQuantized(graph);
  return new Map(
    operations.map(({ node, reads, makes, onCodes }) => {
      const integer = onCodes || (reads.some((read) => read !== null && read.codes === null) && makes.some((made) => made !== null));
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
