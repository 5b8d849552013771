import { Option, type Command } from 'commander';
import { defaultHome, findRuns, listRuns } from '../../../app/index.ts';
import { dropOf } from '../../../contract/criteria.ts';
import type { RunDetail, RunRow } from '../../../contract/projects.ts';
import type { Headline } from '../../../contract/scores.ts';
import { accepted } from '../../../contract/run-criteria.ts';
import { numberPairs, placementPairs, recipeFields, type NumberPair } from '../../../contract/run-diff.ts';
import { bytes, counted, decibels, milliseconds, percent, significant, table } from '../format.ts';
import { addJson } from '../options.ts';
import type { Terminal } from '../terminal.ts';

interface Flags {
  home?: string;
  json?: true;
  sort: keyof typeof SORTS;
  tag?: string;
}

const speedup = ({ floatLatencyMs, latencyMs }: RunRow): number | null => (floatLatencyMs && latencyMs ? floatLatencyMs / latencyMs : null);
const lessFirst = (value: number | null): number | null => (value === null ? null : -value);

/** What `--sort` takes: the best first, unknown numbers last. */
const SORTS = {
  created: ({ createdAt }: RunRow) => Date.parse(createdAt),
  accuracy: ({ headline }: RunRow) => (headline?.higher === false ? lessFirst(headline.value) : (headline?.value ?? null)),
  drop: ({ headline }: RunRow) => lessFirst(dropOf(headline)),
  agreement: ({ agreement }: RunRow) => agreement,
  size: (row: RunRow) => lessFirst(row.bytes),
  latency: (row: RunRow) => lessFirst(row.latencyMs),
  'speed-up': speedup,
  sqnr: ({ worstSqnrDb }: RunRow) => worstSqnrDb,
} as const satisfies Record<string, (row: RunRow) => number | null>;

/** Reads only, so that it may be asked while a window is open on the same data. */
export function addRuns(program: Command, terminal: Terminal): void {
  const runs = program.command('runs').description('the runs of a project, one of them whole, or the difference of two');
  const homeOf = ({ home }: Pick<Flags, 'home'>): string => (home === undefined ? defaultHome() : terminal.path(home));
  const withHome = (command: Command): Command => addJson(command.option('--home <folder>', 'the data folder'));

  withHome(runs.command('list [project]', { isDefault: true }).description('all runs of a project (id or name; without: the one changed last)'))
    .addOption(new Option('--sort <key>', 'the best first').choices(Object.keys(SORTS)).default('created'))
    .option('--tag <tag>', 'only runs with this tag')
    .action(async (wanted: string | undefined, flags: Flags) => {
      const { project, runs: all } = await listRuns(homeOf(flags), wanted ?? null);
      const rows = sorted(flags.tag === undefined ? all : all.filter(({ tags }) => tags.includes(flags.tag ?? '')), flags.sort);
      terminal.result(flags.json ? JSON.stringify({ project, runs: rows }) : `${project.name} (${project.id})\n\n${runTable(rows, project.baselineId)}`);
    });
  withHome(runs.command('show <run>').description('everything that was measured of one run (id or name)')).action(async (wanted: string, flags: Flags) => {
    const [run] = await findRuns(homeOf(flags), [wanted]);
    if (run) terminal.result(flags.json ? JSON.stringify(run) : runText(run));
  });
  withHome(runs.command('diff <a> <b>').description('what two runs differ in: recipe, numbers, placement of nodes')).action(
    async (a: string, b: string, flags: Flags) => {
      const [left, right] = await findRuns(homeOf(flags), [a, b]);
      if (left && right) terminal.result(flags.json ? JSON.stringify(differences(left, right)) : diffText(left, right));
    },
  );
}

function sorted(rows: readonly RunRow[], key: Flags['sort']): RunRow[] {
  const value = (row: RunRow): number => SORTS[key](row) ?? -Infinity;
  return rows.toSorted((a, b) => (value(a) === value(b) ? 0 : value(b) - value(a)));
}

const written = <T>(value: T | null, write: (value: T) => string): string => (value === null ? '–' : write(value));

function headlineText(headline: Headline | null, images: number | null): string {
  if (!headline || headline.value === null) return '–';
  const value = headline.unit === '%' ? percent(headline.value) : headline.unit === 'dB' ? decibels(headline.value) : significant(headline.value);
  return `${headline.metric} ${value}${images === null ? '' : ` of ${counted(images, 'image')}`}`;
}

/** Points of a percentage, percent of an error; negative: gained. */
function dropText(headline: Headline | null): string {
  return written(dropOf(headline), (drop) => `${significant(drop)}${headline?.unit === '%' ? '' : ' %'}`);
}

function checksText({ checks }: RunRow): string {
  if (checks.length === 0) return '–';
  const outcome = accepted(checks);
  return outcome === null ? 'cannot be told' : outcome ? 'met' : 'not met';
}

function runTable(rows: readonly RunRow[], baselineId: string | null): string {
  if (rows.length === 0) return 'No runs.';
  const lines = rows.map((run) => [
    run.id,
    `${run.id === baselineId ? '* ' : ''}${run.name}`,
    run.state,
    headlineText(run.headline, run.images),
    dropText(run.headline),
    written(run.bytes, bytes),
    written(run.latencyMs, milliseconds),
    written(speedup(run), (times) => `${significant(times)}×`),
    checksText(run),
    run.tags.join(', '),
  ]);
  const note = rows.some(({ id }) => id === baselineId) ? '\n\n* the baseline' : '';
  return table([['run', 'name', 'state', 'accuracy', 'drop', 'size', 'latency', 'speed-up', 'criteria', 'tags'], ...lines]) + note;
}

function runText({ row, verdict }: RunDetail): string {
  return [
    ...[`${row.name} (${row.id}), ${row.state}`, ...(row.error ? [row.error.message] : []), ...(verdict ? [verdict.message] : [])],
    ...(row.tags.length > 0 ? [`tags: ${row.tags.join(', ')}`] : []),
    ...(row.note ? [row.note] : []),
    ...(row.worstClass
      ? [`worst class: ${row.worstClass.name}, ${significant(row.worstClass.drop)} points lost of ${counted(row.worstClass.images, 'image')}`]
      : []),
    ...row.checks.map(({ met, message }) => `${met === null ? 'cannot be told' : met ? 'met' : 'not met'}: ${message}`),
    '--json prints everything that was measured.',
  ].join('\n');
}

function differences(a: RunDetail, b: RunDetail) {
  const both = a.result && b.result ? { a: a.result, b: b.result } : null;
  return {
    a: a.row,
    b: b.row,
    recipe: recipeFields(a.row.recipe, b.row.recipe).filter(({ differs }) => differs),
    numbers: numberPairs(a.row, b.row, { a: a.result, b: b.result }),
    /** null: one of them has no result. */
    placements: both && placementPairs(both.a, both.b),
  };
}

const WORDS: Record<NumberPair['number'], [title: string, write: (value: number) => string]> = {
  headline: ['accuracy', significant],
  agreement: ['agreement', percent],
  bytes: ['size', bytes],
  latencyMs: ['latency', milliseconds],
  worstSqnrDb: ['lowest SQNR', decibels],
  images: ['images', String],
  integerNodes: ['integer nodes', String],
  floatNodes: ['float nodes', String],
};

function diffText(left: RunDetail, right: RunDetail): string {
  const { recipe, numbers, placements } = differences(left, right);
  const metric = left.row.headline?.metric;
  const fields = recipe.map(({ field, a, b }) => [field, a, b]);
  const lines = numbers.map(({ number, a, b }) => {
    const [title, write] = WORDS[number];
    return [number === 'headline' ? (metric ?? title) : title, written(a, write), written(b, write)];
  });
  const nodes = placements?.map(({ node, op, a, b }) => [`${node} (${op})`, a?.placement ?? 'not there', b?.placement ?? 'not there']) ?? [];
  return [
    `A  ${left.row.name} (${left.row.id})\nB  ${right.row.name} (${right.row.id})`,
    fields.length === 0 ? 'The recipes are the same.' : table([['recipe', 'A', 'B'], ...fields]),
    table([['number', 'A', 'B'], ...lines]),
    ...(nodes.length > 0 ? [table([['placement', 'A', 'B'], ...nodes])] : []),
  ].join('\n\n');
}
