import type { RunRow } from './projects.ts';
import { DEFAULT_RECIPE, type Recipe } from './recipe.ts';
import type { Evaluation, Placement, RunResult } from './results.ts';

/** One field of two recipes; an override is a field of its own: `overrides[/conv/output].type`. */
export interface RecipeField {
  field: string;
  a: string;
  b: string;
  differs: boolean;
}

/** Every field of two recipes, in the order of the recipe. */
export function recipeFields(a: Recipe, b: Recipe): RecipeField[] {
  const plain = (Object.keys(DEFAULT_RECIPE) as (keyof Recipe)[]).filter((key) => key !== 'overrides');
  const pair = (field: string, left: unknown, right: unknown): RecipeField => {
    const [textA, textB] = [written(left), written(right)];
    return { field, a: textA, b: textB, differs: textA !== textB };
  };
  const tensors = [...new Set([...Object.keys(a.overrides), ...Object.keys(b.overrides)])].sort();
  const overridden = tensors.flatMap((tensor) => {
    const [left, right] = [a.overrides[tensor] ?? {}, b.overrides[tensor] ?? {}] as Record<string, unknown>[];
    const keys = [...new Set([...Object.keys(left ?? {}), ...Object.keys(right ?? {})])];
    return keys.map((key) => pair(`overrides[${tensor}].${key}`, left?.[key], right?.[key]));
  });
  return [...plain.map((key) => pair(key, a[key], b[key])), ...overridden];
}

/** A value of a recipe as a person reads it: "none" is an empty list or nothing at all. */
function written(value: unknown): string {
  if (value === null || value === undefined) return 'none';
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.join(', ');
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return String(value as string | number);
}

export const RUN_NUMBERS = ['headline', 'agreement', 'bytes', 'latencyMs', 'worstSqnrDb', 'images', 'integerNodes', 'floatNodes'] as const;

/** One number of two runs. `better`: which direction is good; null: neither. */
export interface NumberPair {
  number: (typeof RUN_NUMBERS)[number];
  a: number | null;
  b: number | null;
  better: 'up' | 'down' | null;
}

/** The numbers of two runs beside each other; those of the results are null where these are not given. */
export function numberPairs(a: RunRow, b: RunRow, results?: { a: RunResult | null; b: RunResult | null }): NumberPair[] {
  const pair = (number: NumberPair['number'], better: NumberPair['better'], of: (row: RunRow, result: RunResult | null) => number | null): NumberPair => ({
    number,
    better,
    a: of(a, results?.a ?? null),
    b: of(b, results?.b ?? null),
  });
  const sameMetric = a.headline?.metric === b.headline?.metric;
  return [
    pair('headline', a.headline?.higher === false ? 'down' : 'up', ({ headline }, _) => (sameMetric ? (headline?.value ?? null) : null)),
    pair('agreement', 'up', ({ agreement }) => agreement),
    pair('bytes', 'down', ({ bytes }) => bytes),
    pair('latencyMs', 'down', ({ latencyMs }) => latencyMs),
    pair('worstSqnrDb', 'up', ({ worstSqnrDb }) => worstSqnrDb),
    pair('images', null, ({ images }) => images),
    pair('integerNodes', null, (_, result) => result?.quantize.nodes.integer ?? null),
    pair('floatNodes', null, (_, result) => result?.quantize.nodes.float ?? null),
  ];
}

/** What two runs make of one class, in percent of its images (AP of its objects, IoU of its pixels). */
export interface ClassPair {
  class: number;
  name: string;
  /** Images or objects it is of; null: pixels. */
  count: number | null;
  float: number | null;
  a: number | null;
  b: number | null;
}

/** Every class that one of two evaluations knows, in the order of the model's outputs. */
export function classPairs(a: RunResult, b: RunResult): ClassPair[] {
  const scores = [a.evaluate, b.evaluate, a.evaluate.against ?? b.evaluate.against].map((evaluation) => (evaluation ? classScores(evaluation) : new Map()));
  const [left, right, float] = scores as [Scores, Scores, Scores];
  const classes = [...new Set([...left.keys(), ...right.keys()])].sort((x, y) => x - y);
  return classes.map((index) => {
    const known = left.get(index) ?? right.get(index);
    return {
      class: index,
      name: known?.name ?? String(index),
      count: known?.count ?? null,
      float: float.get(index)?.value ?? null,
      a: left.get(index)?.value ?? null,
      b: right.get(index)?.value ?? null,
    };
  });
}

type Scores = Map<number, { name: string | null; count: number | null; value: number | null }>;

function classScores({ detection, segmentation, perClass }: Evaluation): Scores {
  if (detection) return new Map(detection.perClass.map(({ class: index, name, objects, ap }) => [index, { name, count: objects, value: ap }]));
  if (segmentation) return new Map(segmentation.perClass.map(({ class: index, name, iou }) => [index, { name, count: null, value: iou }]));
  return new Map(perClass.map(({ class: index, name, images, top1 }) => [index, { name, count: images, value: top1 }]));
}

export interface PlacementPair {
  node: string;
  op: string;
  /** null: there is no such node in that run. */
  a: Placement | null;
  b: Placement | null;
}

/** The nodes that two runs place differently, in the order of the graph. */
export function placementPairs(a: RunResult, b: RunResult): PlacementPair[] {
  const other = new Map(b.quantize.placements.map((placement) => [placement.node, placement]));
  const both = a.quantize.placements.map((left) => ({ node: left.node, op: left.op, a: left, b: other.get(left.node) ?? null }));
  const known = new Set(a.quantize.placements.map(({ node }) => node));
  const onlyB = b.quantize.placements.filter(({ node }) => !known.has(node)).map((right) => ({ node: right.node, op: right.op, a: null, b: right }));
  return [...both, ...onlyB].filter((pair) => pair.a?.placement !== pair.b?.placement);
}
