import type { NodeRow } from '../../../src-main/contract/model.ts';
import type { Selection } from '../../stores/selection-query.ts';

/** The tensor of a list that the one selection means: itself, or the first output of the selected node that the list has. */
export function selectedTensor(selection: Selection | null, names: ReadonlySet<string>, nodes: ReadonlyMap<string, NodeRow>): string | null {
  if (!selection) return null;
  if (selection.kind === 'tensor') return names.has(selection.name) ? selection.name : null;
  return nodes.get(selection.name)?.outputs.find((output) => names.has(output)) ?? null;
}
