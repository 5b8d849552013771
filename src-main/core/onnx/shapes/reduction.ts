import { intAttribute } from '../attributes.ts';
import type { ElementType } from '../graph.ts';
import { axesOf } from './layout.ts';
import { normalAxes, shapeAt, typeAt, type ShapeRule, type Site } from './site.ts';

const reduce: ShapeRule = (site) => {
  const shape = shapeAt(site, 0);
  const type = typeAt(site, 0);
  const given = axesOf(site, 1);
  if (!shape || given === null) return [{ type, shape: null }];
  const none = given === undefined || given.length === 0;
  if (none && intAttribute(site.node, 'noop_with_empty_axes', 0) === 1) return [{ type, shape }];
  return reduced(site, type, none ? shape.map((_dim, i) => i) : given);
};

function reduced(site: Site, type: ElementType, given: number[]): ReturnType<ShapeRule> {
  const shape = shapeAt(site, 0);
  const axes = shape && normalAxes(given, shape.length);
  if (!shape || !axes) return [{ type, shape: null }];
  const keep = intAttribute(site.node, 'keepdims', 1) === 1;
  return [{ type, shape: keep ? shape.map((dim, i) => (axes.includes(i) ? 1 : dim)) : shape.filter((_dim, i) => !axes.includes(i)) }];
}

const argument: ShapeRule = (site) => reduced(site, 'int64', [intAttribute(site.node, 'axis', 0)]);

const REDUCTIONS = ['L1', 'L2', 'LogSum', 'LogSumExp', 'Max', 'Mean', 'Min', 'Prod', 'Sum', 'SumSquare'];

export const reductions: Record<string, ShapeRule> = {
  ...Object.fromEntries(REDUCTIONS.map((name) => [`Reduce${name}`, reduce])),
  ArgMax: argument,
  ArgMin: argument,
};
