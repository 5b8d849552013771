import type { Headline } from '../../src-main/contract/scores.ts';
import type { RunRow } from '../../src-main/contract/projects.ts';
import type { ChartTable } from './csv.ts';

export type ParetoAxis = 'size' | 'latency';

/** A run that has both numbers. `cost` is in bytes or ms, `quality` in the unit of the metric. */
export interface ParetoPoint {
  id: string;
  name: string;
  cost: number;
  quality: number;
  images: number;
}

export interface Pareto {
  metric: Pick<Headline, 'metric' | 'unit' | 'higher'> | null;
  points: ParetoPoint[];
  /** Runs that none beats in both, cheapest first. */
  frontier: ParetoPoint[];
  /** The float model of the newest run; null where its accuracy is not known. */
  float: { cost: number; quality: number } | null;
}

/** Finished runs by quality and cost. Runs of another metric than the newest one's cannot be compared and are left out. */
export function paretoOf(rows: readonly RunRow[], axis: ParetoAxis): Pareto {
  const done = rows.filter(({ state, headline }) => state === 'done' && headline !== null && headline.value !== null);
  const newest = done.reduce<RunRow | null>((latest, row) => (latest && latest.createdAt >= row.createdAt ? latest : row), null);
  const metric = newest?.headline ?? null;
  if (!metric || !newest) return { metric: null, points: [], frontier: [], float: null };
  const points = done.flatMap((row): ParetoPoint[] => {
    const cost = axis === 'size' ? row.bytes : row.latencyMs;
    const quality = row.headline?.metric === metric.metric ? row.headline.value : null;
    return cost === null || quality === null ? [] : [{ id: row.id, name: row.name, cost, quality, images: row.images ?? 0 }];
  });
  const floatCost = axis === 'size' ? newest.floatBytes : newest.floatLatencyMs;
  const float = floatCost === null || metric.float === null ? null : { cost: floatCost, quality: metric.float };
  return { metric, points, frontier: frontierOf(points, metric.higher), float };
}

/** The points that no other beats in cost and quality, cheapest first; of equal ones the first. */
function frontierOf(points: readonly ParetoPoint[], higher: boolean): ParetoPoint[] {
  const sign = higher ? 1 : -1;
  let best = -Infinity;
  return points
    .toSorted((a, b) => a.cost - b.cost || sign * (b.quality - a.quality))
    .filter(({ quality }) => {
      const better = sign * quality > best;
      if (better) best = sign * quality;
      return better;
    });
}

/** Ten points below the best run or float, in the metric's unit; null for metrics where less is better. */
export function lowestNear({ metric, frontier, float }: Pareto): number | null {
  if (!metric?.higher || frontier.length === 0) return null;
  const best = frontier.at(-1)?.quality ?? 0;
  const reference = Math.max(best, float?.quality ?? best);
  return Math.floor(reference - 10);
}

export function paretoTable({ metric, points, frontier, float }: Pareto, axis: ParetoAxis): ChartTable {
  const ahead = new Set(frontier.map(({ id }) => id));
  const unit = metric?.unit ? ` (${metric.unit})` : '';
  return {
    columns: ['run', axis === 'size' ? 'size (bytes)' : 'latency (ms)', `${metric?.metric ?? 'quality'}${unit}`, 'images', 'frontier'],
    rows: [
      ...(float ? [['float model', float.cost, float.quality, null, '']] : []),
      ...points.map(({ id, name, cost, quality, images }) => [name, cost, quality, images, ahead.has(id) ? 'yes' : 'no']),
    ],
  };
}
