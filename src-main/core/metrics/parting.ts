import type { ImageComparison } from '../../contract/evidence.ts';
import type { Graph } from '../onnx/graph.ts';
import { namesReadBy } from '../onnx/names.ts';

type Path = ImageComparison['path'];

/** Below this the noise is a third of the signal and more: the two models no longer compute the same. */
const PARTED_DB = 10;
/** Above this everywhere, they never part. */
const TOGETHER_DB = 30;
/** Stands for no error at all. */
const EXACT_DB = 100;

/**
 * Where two models part on one image: at the first tensor below 10 dB; else, where it falls most against what it is computed from. null where all stay above
 * 30 dB.
 * @param path in the order of the graph
 * @param before of each tensor of `path`, those of `path` that it is computed from
 */
export function partingPoint(path: Path, before: ReadonlyMap<string, readonly string[]>): ImageComparison['parts'] {
  const known = path.filter((one): one is Path[number] & { sqnrDb: number } => one.sqnrDb !== null);
  const first = known.find(({ sqnrDb }) => sqnrDb < PARTED_DB);
  if (first) return { tensor: first.tensor, node: first.node, why: `${shown(first.sqnrDb)} dB, the first tensor below ${PARTED_DB} dB` };
  if (known.every(({ sqnrDb }) => sqnrDb >= TOGETHER_DB)) return null;
  const decibels = new Map(path.map(({ tensor, sqnrDb }) => [tensor, sqnrDb ?? EXACT_DB]));
  const falls = known.flatMap((one) => {
    const inputs = (before.get(one.tensor) ?? []).map((tensor) => decibels.get(tensor) ?? EXACT_DB);
    return inputs.length === 0 ? [] : [{ one, fall: Math.min(...inputs) - one.sqnrDb }];
  });
  if (falls.length === 0) return null;
  const { one, fall } = falls.reduce((a, b) => (b.fall > a.fall ? b : a));
  return { tensor: one.tensor, node: one.node, why: `${shown(one.sqnrDb)} dB, ${shown(fall)} dB below what it is computed from: the steepest fall` };
}

function shown(decibels: number): string {
  return decibels.toFixed(1);
}

/** Of each of some tensors, the nearest others of them that it is computed from. */
export function nearestBefore({ nodes }: Pick<Graph, 'nodes'>, tensors: readonly string[]): Map<string, string[]> {
  const wanted = new Set(tensors);
  const nearest = new Map<string, Set<string>>();
  // Nodes stand in an order in which they can be computed, so what a node reads is known before.
  for (const node of nodes) {
    const found = new Set<string>();
    for (const name of namesReadBy(node)) {
      if (wanted.has(name)) found.add(name);
      else for (const earlier of nearest.get(name) ?? []) found.add(earlier);
    }
    for (const output of node.outputs) nearest.set(output, found);
  }
  return new Map(tensors.map((tensor) => [tensor, [...(nearest.get(tensor) ?? [])]]));
}
