import type { RunRow } from '../../../src-main/contract/projects.ts';
import { date } from '../../components/format.ts';
import type { Column } from '../../components/grid.ts';
import { STATE_WORDS } from '../../components/job.ts';
import { recipeShort } from '../../components/recipe.ts';

/** Quantized minus float in points; null where one of them is not known. */
export function drop(row: RunRow): number | null {
  return row.top1 === null || row.floatTop1 === null ? null : row.top1 - row.floatTop1;
}

/** Why a number of a run is not known. */
export function unknownReason(row: RunRow, what: 'accuracy' | 'other'): string {
  if (row.state !== 'done') return `The run is ${STATE_WORDS[row.state]}.`;
  return what === 'accuracy' ? 'The images have no labels.' : 'It was not measured in this run.';
}

/** The ones that decide come first, since a narrow window shows the rest only after scrolling. */
export const RUN_COLUMNS: Column<RunRow>[] = [
  { key: 'name', title: 'Run', width: 'minmax(140px, 1.8fr)', value: (row) => row.name },
  { key: 'state', title: 'State', width: '102px', value: (row) => STATE_WORDS[row.state] },
  { key: 'top1', title: 'Top-1', width: '122px', align: 'right', hint: 'Of the quantized model on the images that did not calibrate', value: (row) => row.top1, descendingFirst: true },
  { key: 'drop', title: 'Change', width: '74px', align: 'right', hint: 'Quantized minus float, in points of top-1', value: drop, descendingFirst: true },
  { key: 'agreement', title: 'Agreement', width: '88px', align: 'right', hint: 'Share of the images with the float model’s answer', value: (row) => row.agreement, descendingFirst: true },
  { key: 'bytes', title: 'Size', width: '78px', align: 'right', value: (row) => row.bytes },
  { key: 'latency', title: 'Latency', width: '78px', align: 'right', hint: 'Median for one image on this machine', value: (row) => row.latencyMs },
  { key: 'sqnr', title: 'SQNR', width: '76px', align: 'right', hint: 'Lowest cumulative SQNR of all tensors', value: (row) => row.worstSqnrDb },
  { key: 'recipe', title: 'Recipe', width: 'minmax(150px, 2fr)', value: (row) => recipeShort(row.recipe) },
  { key: 'created', title: 'Date', width: '118px', align: 'right', text: (row) => date(row.createdAt), value: (row) => row.createdAt, descendingFirst: true },
  { key: 'float', title: 'Float top-1', width: '84px', align: 'right', hint: 'The float model on the same images', value: (row) => row.floatTop1, descendingFirst: true },
]; // prettier-ignore
