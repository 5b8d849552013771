import type { RunRow } from '../../../src-main/contract/projects.ts';
import { needsImages } from '../../../src-main/contract/recipe.ts';
import { accepted } from '../../../src-main/contract/run-criteria.ts';
import { bytes, date, decibel, integer, milliseconds, percent, points, times } from '../../components/format.ts';
import type { Column } from '../../components/grid.ts';
import { STATE_WORDS } from '../../components/job.ts';
import { GRANULARITY_WORDS, RANGE_WORDS, recipeShort, recipeWords, typeWord } from '../../components/recipe.ts';
import { changeOf, changeText, headlineText, sizeRatio, speedup, type Against } from './numbers.ts';

/** Why a number of a run is not known. */
export function unknownReason(row: RunRow, what: 'accuracy' | 'comparison' | 'other'): string {
  if (row.state !== 'done') return `The run is ${STATE_WORDS[row.state]}.`;
  if (what === 'accuracy') return row.headline === null ? 'The images have no labels.' : 'It has no measure of loss.';
  return what === 'comparison' ? 'The other one does not have this number.' : 'It was not measured in this run.';
}

/** "meets 3", "misses 1 of 3", "meets 2 of 3" where one cannot be told. */
export function checksText({ checks }: RunRow): string {
  if (checks.length === 0) return '–';
  const missed = checks.filter(({ met }) => met === false).length;
  const met = checks.filter((check) => check.met === true).length;
  if (missed > 0) return `misses ${missed} of ${checks.length}`;
  return met === checks.length ? `meets all ${met}` : `meets ${met} of ${checks.length}`;
}

function checksRank({ checks }: RunRow): number | null {
  const outcome = accepted(checks);
  if (checks.length === 0) return null;
  return outcome === false ? -checks.filter(({ met }) => met === false).length : outcome === null ? 0 : 1;
}

/** Asked for again with every frame while the table scrolls. */
function remembered(tell: (row: RunRow) => string): (row: RunRow) => string {
  const known = new WeakMap<RunRow, string>();
  return (row) => {
    const text = known.get(row) ?? tell(row);
    known.set(row, text);
    return text;
  };
}
const shortOf = remembered((row) => recipeShort(row.recipe));
const wordsOf = remembered((row) => recipeWords(row.recipe));

/** The metric of the newest run that has one; names the columns. */
export function commonMetric(rows: readonly RunRow[]): string {
  return rows.find(({ headline }) => headline !== null)?.headline?.metric ?? 'top-1';
}

/**
 * The ones that decide come first, since a narrow window shows the rest only after scrolling.
 * @param against what changes, sizes and latencies are told against
 */
export function runColumns(metric: string, against: Against): Column<RunRow>[] {
  const base = against ? 'the baseline' : 'float';
  const title = metric.charAt(0) === 'm' ? metric : metric.charAt(0).toUpperCase() + metric.slice(1);
  const of = (row: RunRow): boolean => row.headline !== null && row.headline.metric !== metric;
  const columns: Column<RunRow>[] = [
    { key: 'name', title: 'Run', width: 'minmax(210px, 1.8fr)', shown: 'always', value: (row) => row.name },
    { key: 'state', title: 'State', width: '98px', value: (row) => STATE_WORDS[row.state] },
    { key: 'tags', title: 'Tags', width: '112px', value: (row) => row.tags.join(' ') || null },
    { key: 'metric', title, width: '122px', align: 'right', mono: true, hint: 'Of the quantized model on the images that did not calibrate', descendingFirst: true,
      text: (row) => `${of(row) ? `${row.headline?.metric} ` : ''}${headlineText(row.headline, row.headline?.value, row.images)}`,
      value: (row) => row.headline?.value ?? null },
    { key: 'change', title: 'Change', width: '78px', align: 'right', mono: true, hint: `Against ${base}: points of ${metric}`, descendingFirst: true,
      text: (row) => changeText(row.headline, changeOf(row, against)), value: (row) => gain(row, against) },
    { key: 'class', title: 'Worst class', width: '120px', align: 'right', mono: true, hint: 'The class of at least 10 images that lost most against float, in points',
      text: ({ worstClass }) => (worstClass ? `${points(-worstClass.drop)} ${worstClass.name}` : '–'), value: ({ worstClass }) => (worstClass ? -worstClass.drop : null) },
    { key: 'checks', title: 'Criteria', width: '112px', hint: 'The acceptance criteria of the project', descendingFirst: true, text: checksText, value: checksRank },
    { key: 'bytes', title: 'Size', width: '76px', align: 'right', mono: true, text: (row) => bytes(row.bytes), value: (row) => row.bytes },
    { key: 'ratio', title: 'Smaller', width: '74px', align: 'right', mono: true, hint: `How many times smaller than ${base}`, descendingFirst: true,
      text: (row) => times(sizeRatio(row, against)), value: (row) => sizeRatio(row, against) },
    { key: 'latency', title: 'Latency', width: '78px', align: 'right', mono: true, hint: 'Median for one image on this machine', text: (row) => milliseconds(row.latencyMs), value: (row) => row.latencyMs },
    { key: 'speedup', title: 'Speed-up', width: '82px', align: 'right', mono: true, hint: `How many times as fast as ${base} (medians)`, descendingFirst: true,
      text: (row) => times(speedup(row, against)), value: (row) => speedup(row, against) },
    { key: 'agreement', title: 'Agreement', width: '90px', align: 'right', mono: true, hint: 'Share of the images with the float model’s answer', descendingFirst: true,
      text: (row) => percent(row.agreement), value: (row) => row.agreement },
    { key: 'sqnr', title: 'SQNR', width: '78px', align: 'right', mono: true, hint: 'Lowest cumulative SQNR of all tensors', text: (row) => decibel(row.worstSqnrDb), value: (row) => row.worstSqnrDb },
    { key: 'recipe', title: 'Recipe', width: 'minmax(150px, 2fr)', text: shortOf, value: shortOf },
    { key: 'note', title: 'Note', width: 'minmax(120px, 1fr)', text: (row) => row.note, value: (row) => row.note || null },
    { key: 'created', title: 'Created', width: '118px', align: 'right', text: (row) => date(row.createdAt), value: (row) => row.createdAt, descendingFirst: true },
    { key: 'float', title: `Float ${metric}`, width: '88px', align: 'right', mono: true, hint: 'The float model on the same images', shown: 'on-request', descendingFirst: true,
      text: (row) => headlineText(row.headline, row.headline?.float), value: (row) => row.headline?.float ?? null },
    { key: 'range', title: 'Range method', width: '132px', shown: 'on-request', text: rangeText, value: rangeText },
    { key: 'granularity', title: 'Granularity', width: '100px', shown: 'on-request', text: granularityText, value: granularityText },
    { key: 'types', title: 'Types', width: '116px', hint: 'Weights × activations', shown: 'on-request', text: typesText, value: typesText },
    { key: 'samples', title: 'Calibrating', width: '88px', align: 'right', mono: true, hint: 'Images that calibrated', shown: 'on-request', descendingFirst: true,
      text: ({ recipe }) => (needsImages(recipe) ? integer(recipe.samples) : '–'), value: ({ recipe }) => (needsImages(recipe) ? recipe.samples : null) },
    { key: 'model', title: 'Model', width: '120px', shown: 'on-request', text: (row) => row.modelName, value: (row) => row.modelName },
    { key: 'data', title: 'Data', width: '120px', shown: 'on-request', text: (row) => row.datasetName, value: (row) => row.datasetName },
  ]; // prettier-ignore
  return columns.map((column) => ({ ...column, tip: (row) => cellTitle(row, column) }));
}

/** More is better, whatever the metric. */
function gain(row: RunRow, against: Against): number | null {
  const change = changeOf(row, against);
  return change === null || row.headline?.higher !== false ? change : -change;
}

const rangeText = ({ recipe }: RunRow): string =>
  needsImages(recipe) ? RANGE_WORDS[recipe.range] + (recipe.range === 'percentile' ? ` ${recipe.percentile}` : '') : '–';
const granularityText = ({ recipe: { format, blockSize, granularity } }: RunRow): string =>
  format === 'float16' ? '–' : blockSize === null ? GRANULARITY_WORDS[granularity] : `blocks of ${blockSize}`;
const typesText = ({ recipe }: RunRow): string =>
  recipe.format === 'float16' ? 'float16' : `${typeWord(recipe.weights)}${needsImages(recipe) ? ` × ${typeWord(recipe.activations)}` : ''}`;

/** What is said on hover of a cell that is cut, or of a number that is not there. */
function cellTitle(row: RunRow, column: Column<RunRow>): string {
  const text = column.text?.(row) ?? '';
  if (column.key === 'recipe') return wordsOf(row);
  if (column.key === 'checks') return row.checks.map(({ message }) => message).join('\n');
  if (text !== '–') return text;
  const compares = ['ratio', 'speedup'].includes(column.key);
  return unknownReason(row, ['metric', 'change', 'float'].includes(column.key) ? 'accuracy' : compares ? 'comparison' : 'other');
}
