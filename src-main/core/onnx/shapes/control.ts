import { intAttribute, intsAttribute } from '../attributes.ts';
import type { Dim, Graph } from '../graph.ts';
import { common, nothing, type Known, type ShapeRule, type Site } from './site.ts';

/** Operators with graphs inside them. */

function bodyOf(site: Site, name: string): Graph | null {
  const attribute = site.node.attributes.get(name);
  return attribute?.kind === 'graph' ? attribute.value : null;
}

/** Which branch runs is not known: only what both make alike. */
const branch: ShapeRule = (site) => {
  const [yes, no] = [bodyOf(site, 'then_branch'), bodyOf(site, 'else_branch')];
  if (!yes || !no) return [];
  const others = site.body(no, []);
  return site.body(yes, []).map((known, i) => common(known, others[i] ?? nothing));
};

/** Inputs `from` to `to` without their values: what a tensor that is carried along holds in the first turn says nothing of the next. */
function inputsOf(site: Site, from: number, to: number): Known[] {
  return site.node.inputs.slice(from, to).map((_name, i) => {
    const { type, shape } = site.input(from + i) ?? nothing;
    return { type, shape };
  });
}

/**
 * Outputs of a node whose body runs again and again: what is carried from turn to turn, then what is collected.
 * @param carried what the first turn gets
 * @param results what it makes of it: the same, then what is collected. If every turn keeps the shapes of all that is carried, they are known; a shape
 *   that changes is not followed any further, and leaves the others in doubt too.
 */
function iterated(carried: readonly Known[], results: readonly Known[], collected: (shape: Dim[], index: number) => Dim[]): Known[] {
  const made = results.slice(carried.length);
  const same = (a: Dim[] | null, b: Dim[] | null | undefined): boolean => a !== null && a.length === b?.length && a.every((dim, i) => dim === b[i]);
  const stable = carried.every(({ shape }, i) => same(shape, results[i]?.shape));
  return [
    ...carried.map(({ type, shape }) => ({ type, shape: stable ? shape : null })),
    ...made.map(({ type, shape }, i) => ({ type, shape: stable && shape ? collected(shape, i) : null })),
  ];
}

/** Inputs: turns, condition, what is carried. The body gets and makes a condition too. */
const loop: ShapeRule = (site) => {
  const body = bodyOf(site, 'body');
  if (!body) return [];
  const carried = inputsOf(site, 2, site.node.inputs.length);
  const [, ...results] = site.body(body, [{ type: 'int64', shape: [] }, { type: 'bool', shape: [] }, ...carried]);
  return iterated(carried, results, (shape) => [null, ...shape]);
};

/** From opset 9 on. Inputs: what is carried, then what is cut into slices along an axis; what the slices give is put together again. */
const scan: ShapeRule = (site) => {
  const body = bodyOf(site, 'body');
  const count = site.node.inputs.length - intAttribute(site.node, 'num_scan_inputs', 0);
  if (!body || count < 0 || site.opset < 9) return [];
  const axisOf = (list: string, index: number, rank: number): number => {
    const axis = intsAttribute(site.node, list)?.[index] ?? 0;
    return axis < 0 ? axis + rank : axis;
  };
  let length: Dim = null;
  const slices = inputsOf(site, count, site.node.inputs.length).map(({ type, shape }, i): Known => {
    const axis = axisOf('scan_input_axes', i, shape?.length ?? 0);
    length ??= shape?.[axis] ?? null;
    return { type, shape: shape && shape.toSpliced(axis, 1) };
  });
  const carried = inputsOf(site, 0, count);
  return iterated(carried, site.body(body, [...carried, ...slices]), (shape, i) => shape.toSpliced(axisOf('scan_output_axes', i, shape.length + 1), 0, length));
};

export const control: Record<string, ShapeRule> = { If: branch, Loop: loop, Scan: scan };
