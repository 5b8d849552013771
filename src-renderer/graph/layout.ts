import type { ElkNode } from 'elkjs/lib/elk-api.js';
import type { Visible } from './visible.ts';

/** Size of every box, px at scale 1. */
export const BOX = { width: 176, height: 38 } as const;
/** More boxes are not laid out: 3,000 nodes with the ends of the model still are; elkjs' stack overflows at a few thousand more. */
export const MOST_BOXES = 3200;

/** Where everything is, px at scale 1. */
export interface Laid {
  width: number;
  height: number;
  /** Left upper corners, by box: x, y, x, y, … */
  corners: Float64Array;
  /** By link: corners of the line from the lower side of one box to the upper of the other: x, y, x, y, … */
  lines: readonly Float64Array[];
}

/** The layered layout (Sugiyama), from top to bottom, with right-angled edges. */
const OPTIONS = {
  'elk.algorithm': 'layered',
  'elk.direction': 'DOWN',
  'elk.edgeRouting': 'ORTHOGONAL',
  'elk.layered.nodePlacement.strategy': 'BRANDES_KOEPF',
  'elk.layered.nodePlacement.bk.fixedAlignment': 'BALANCED',
  'elk.layered.spacing.nodeNodeBetweenLayers': '26',
  'elk.layered.spacing.edgeNodeBetweenLayers': '12',
  'elk.spacing.nodeNode': '24',
  'elk.spacing.edgeNode': '14',
  'elk.padding': '[top=16,left=16,bottom=16,right=16]',
};

/** From so many boxes on the layout has to do without the parts of elkjs that recurse along the whole graph: a worker's stack is small. Branches are then drawn early. */
const LARGE = 1500;
const FLAT = {
  'elk.layered.cycleBreaking.strategy': 'MODEL_ORDER',
  'elk.layered.layering.strategy': 'LONGEST_PATH_SOURCE',
  'elk.separateConnectedComponents': 'false',
};

export function toElk({ boxes, links }: Visible): ElkNode {
  return {
    id: 'graph',
    layoutOptions: boxes.length < LARGE ? OPTIONS : { ...OPTIONS, ...FLAT },
    children: boxes.map((_, i) => ({ id: String(i), ...BOX })),
    edges: links.map(({ from, to }, i) => ({ id: `e${i}`, sources: [String(from)], targets: [String(to)] })),
  };
}

export function fromElk(graph: ElkNode): Laid {
  const corners = new Float64Array(2 * (graph.children?.length ?? 0));
  graph.children?.forEach(({ x = 0, y = 0 }, i) => corners.set([x, y], 2 * i));
  const lines = (graph.edges ?? []).map(({ sections }) =>
    Float64Array.from(
      (sections ?? []).flatMap(({ startPoint, bendPoints = [], endPoint }) => [startPoint, ...bendPoints, endPoint].flatMap(({ x, y }) => [x, y])),
    ),
  );
  return { width: graph.width ?? 0, height: graph.height ?? 0, corners, lines };
}

/** Two visible graphs with the same shape have the same layout, whatever their boxes are called. */
export function shapeOf({ boxes, links }: Visible): string {
  return `${boxes.length};${links.map(({ from, to }) => `${from}-${to}`).join()}`;
}

/** Box under a point, −1 for none. */
export function boxAt({ corners }: Laid, x: number, y: number): number {
  for (let i = 0; i < corners.length; i += 2) {
    const left = corners[i] as number;
    const top = corners[i + 1] as number;
    if (x >= left && x <= left + BOX.width && y >= top && y <= top + BOX.height) return i / 2;
  }
  return -1;
}
