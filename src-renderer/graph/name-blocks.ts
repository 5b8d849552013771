import type { Block, Child } from './blocks.ts';
import type { GraphEdge, ModelGraph } from './model-graph.ts';

interface Branch {
  segment: string;
  path: string;
  children: Map<string, Branch>;
  leaves: number[];
}

/**
 * Blocks by name: `/features.3/conv/Clip` lies in `features.3` and therein in `conv`. Left out are blocks of a single child, one around everything, and
 * those that other nodes lie in the middle of: collapsed, they would be before and after the same node.
 */
export function nameBlocks(graph: ModelGraph): Block {
  const trunk: Branch = { segment: '', path: '', children: new Map(), leaves: [] };
  graph.nodes.forEach(({ kind, name }, position) => {
    let at = trunk;
    if (kind === 'node') for (const segment of segmentsOf(name).slice(0, -1)) at = branchOf(at, segment);
    at.leaves.push(position);
  });
  const incoming = edgesInto(graph);
  const root: Block = { id: '', title: '', children: [], members: graph.nodes.map((_, i) => i) };
  root.children = childrenOf(trunk, incoming);
  // A block around everything but the ends says nothing.
  for (;;) {
    const blocks = root.children.filter((child): child is Block => typeof child !== 'number');
    const [only] = blocks;
    const rest = root.children.filter((child): child is number => typeof child === 'number');
    if (blocks.length !== 1 || !only || rest.some((position) => graph.nodes[position]?.kind === 'node')) break;
    root.children = ordered([...rest, ...only.children]);
  }
  return root;
}

/** The segments of a path-like name; names without a slash are split at dots (`features.3.conv.0`). */
export function segmentsOf(name: string): string[] {
  return name.split(name.includes('/') ? '/' : '.').filter(Boolean);
}

function branchOf(branch: Branch, segment: string): Branch {
  const known = branch.children.get(segment);
  if (known) return known;
  const made: Branch = { segment, path: `${branch.path}/${segment}`, children: new Map(), leaves: [] };
  branch.children.set(segment, made);
  return made;
}

function childrenOf(branch: Branch, incoming: readonly GraphEdge[][]): Child[] {
  const below = [...branch.children.values()].flatMap((child): Child[] => {
    const block: Block = { id: child.path, title: child.segment, children: [], members: [] };
    block.children = childrenOf(child, incoming);
    block.members = block.children.flatMap((one) => (typeof one === 'number' ? [one] : one.members)).sort((a, b) => a - b);
    if (block.children.length > 1 && isWhole(block.members, incoming)) return [block];
    // What is left out still tells its one block from the others: 4/body, 5/body, …
    const [only] = block.children;
    if (block.children.length === 1 && only !== undefined && typeof only !== 'number') only.title = `${child.segment}/${only.title}`;
    return block.children;
  });
  return ordered([...branch.leaves, ...below]);
}

function ordered(children: Child[]): Child[] {
  const first = (child: Child): number => (typeof child === 'number' ? child : (child.members[0] ?? 0));
  return children.sort((a, b) => first(a) - first(b));
}

/** Whether no way through the graph leaves these nodes and comes back. Only nodes between the first and the last can lie on one. */
function isWhole(members: readonly number[], incoming: readonly GraphEdge[][]): boolean {
  const inside = new Set(members);
  const outside = new Set<number>();
  for (let position = members[0] ?? 0; position <= (members.at(-1) ?? -1); position++) {
    const sources = incoming[position] ?? [];
    if (inside.has(position)) {
      if (sources.some(({ from }) => outside.has(from))) return false;
    } else if (sources.some(({ from }) => inside.has(from) || outside.has(from))) outside.add(position);
  }
  return true;
}

function edgesInto(graph: ModelGraph): GraphEdge[][] {
  const incoming: GraphEdge[][] = graph.nodes.map(() => []);
  for (const edge of graph.edges) incoming[edge.to]?.push(edge);
  return incoming;
}
