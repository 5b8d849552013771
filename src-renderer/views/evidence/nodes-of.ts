import type { NodeRow } from '../../../src-main/contract/model.ts';
import type { Placement } from '../../../src-main/contract/results.ts';
import type { NodesOf } from './layer-metrics.ts';

/**
 * The nodes behind a tensor as the runtime sees them: Conv, BatchNormalization and Clip are one layer when the preparation has folded the second and the
 * plan has fused the third. Walks from such a node to the one that makes its first input.
 */
export function nodesOf(placements: readonly Placement[], nodes: ReadonlyMap<string, NodeRow>, producers: ReadonlyMap<string, NodeRow>): NodesOf {
  // What the preparation folded has no placement.
  const computing = new Set(placements.flatMap(({ node, placement }) => (placement === 'fused' ? [] : [node])));
  return ({ node }) => {
    const layer = [node];
    // Without any placement nobody knows what was folded.
    for (let at = nodes.get(node); at && placements.length > 0 && !computing.has(at.name);) {
      at = producers.get(at.inputs[0] ?? '');
      if (!at || layer.includes(at.name)) break;
      layer.push(at.name);
    }
    return layer;
  };
}
