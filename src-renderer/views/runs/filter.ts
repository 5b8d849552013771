import { dropOf } from '../../../src-main/contract/criteria.ts';
import type { RunRow } from '../../../src-main/contract/projects.ts';
import { accepted } from '../../../src-main/contract/run-criteria.ts';
import { STATE_WORDS } from '../../components/job.ts';
import { recipeShort, recipeWords } from '../../components/recipe.ts';
import { speedup } from './numbers.ts';

/** What the filter of the runs understands; shown on hover. */
export const FILTER_HELP = [
  'Words: in the name, the tags, the note or the recipe, all of them.',
  'tag:release – with a tag that begins so.',
  'done, failed, cancelled, … – by state. meets, misses – by the acceptance criteria.',
  'Numbers: top-1>80, drop<=1, class-drop<5, agreement>95, size<4MB, latency<2, speed-up>=2, sqnr>20.',
].join('\n');

const UNITS: Record<string, number> = { '': 1, '%': 1, ms: 1, db: 1, x: 1, '×': 1, b: 1, kb: 1e3, mb: 1e6, gb: 1e9 };

/** By the names that the columns have. The headline metric goes by its own name: `top-1`, `map`, `miou`, `mse`. */
const NUMBERS: Record<string, (row: RunRow) => number | null> = {
  drop: ({ headline }) => dropOf(headline),
  'class-drop': ({ worstClass }) => worstClass?.drop ?? null,
  agreement: ({ agreement }) => agreement,
  size: ({ bytes }) => bytes,
  latency: ({ latencyMs }) => latencyMs,
  'speed-up': (row) => speedup(row, null),
  speedup: (row) => speedup(row, null),
  sqnr: ({ worstSqnrDb }) => worstSqnrDb,
  images: ({ images }) => images,
};

const COMPARISON = /^([a-z0-9-]+)(<=|>=|<|>|=)(-?\d+(?:\.\d+)?)([a-z%×]*)$/;
const COMPARE: Record<string, (a: number, b: number) => boolean> = {
  '<': (a, b) => a < b,
  '>': (a, b) => a > b,
  '<=': (a, b) => a <= b,
  '>=': (a, b) => a >= b,
  '=': (a, b) => a === b,
};

type Test = (row: RunRow) => boolean;

/** A row passes when it passes every word of the filter. Unknown numbers pass no comparison. */
export function runFilter(text: string): Test {
  const tests = text.toLowerCase().split(/\s+/).filter(Boolean).map(testOf);
  return (row) => tests.every((test) => test(row));
}

function testOf(word: string): Test {
  if (word.startsWith('tag:')) return ({ tags }) => tags.some((tag) => tag.toLowerCase().startsWith(word.slice(4)));
  if (word === 'meets') return ({ checks }) => accepted(checks) === true;
  if (word === 'misses') return ({ checks }) => accepted(checks) === false;
  return comparison(word) ?? ((row) => textOf(row).includes(word));
}

function comparison(word: string): Test | null {
  const [, key = '', operator = '', digits = '', unit = ''] = COMPARISON.exec(word) ?? [];
  const [holds, factor] = [COMPARE[operator], UNITS[unit]];
  if (!holds || factor === undefined) return null;
  const limit = Number(digits) * factor;
  const number = NUMBERS[key] ?? (({ headline }) => (headline?.metric.toLowerCase() === key ? headline.value : null));
  return (row) => {
    const value = number(row);
    return value !== null && holds(value, limit);
  };
}

const texts = new WeakMap<RunRow, string>();

/** What words are looked for in; once for each row, since a filter is typed letter by letter. */
function textOf(row: RunRow): string {
  const known = texts.get(row);
  if (known !== undefined) return known;
  const text = [row.name, ...row.tags, row.note, STATE_WORDS[row.state], row.modelName, row.datasetName, recipeShort(row.recipe), recipeWords(row.recipe)]
    .join('\n')
    .toLowerCase();
  texts.set(row, text);
  return text;
}
