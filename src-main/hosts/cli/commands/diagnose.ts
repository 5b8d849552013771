import { Option, type Command } from 'commander';
import type { Sensitivity, WeightError } from '../../../contract/evidence.ts';
import type { DiagnoseResult } from '../../../contract/results.ts';
import { counted, decibels, problemLines, significant, skippedText, table } from '../format.ts';
import { runJob } from '../job.ts';
import { addData, addJson, addSamples, dataOf, wholeNumber, type DataFlags, type SampleFlags } from '../options.ts';
import type { Terminal } from '../terminal.ts';

const SHOWN = 10;
const SHOWN_WEIGHTS = 5;

type Flags = Partial<DataFlags> & SampleFlags & { confirm?: number; json?: true };

export function addDiagnose(program: Command, terminal: Terminal): void {
  const command = program
    .command('diagnose <float> <quantized>')
    .description('error of every tensor and weight of a quantized model against the float one, and which layers it comes from');
  const confirm = new Option('--confirm <count>', 'how many layers, most harmful first, are measured one by one (8); 0: they are only estimated');
  addJson(addSamples(addData(command)).addOption(confirm.argParser(wholeNumber('--confirm', 0)))).action(
    async (float: string, quantized: string, flags: Flags) => {
      const data = await dataOf(flags, terminal, 'diagnose');
      const result = await runJob<'diagnose'>(
        {
          kind: 'diagnose',
          float: terminal.path(float),
          quantized: terminal.path(quantized),
          data,
          skipSamples: flags.skipSamples ?? 0,
          samples: flags.samples,
          confirm: flags.confirm,
        },
        terminal,
      );
      terminal.result(flags.json ? JSON.stringify(result) : summary(result));
    },
  );
}

/** Tensors without error have no SQNR; they come last. */
const byError = (a: { cumulative: { sqnrDb: number | null } }, b: { cumulative: { sqnrDb: number | null } }): number =>
  (a.cumulative.sqnrDb ?? Number.POSITIVE_INFINITY) - (b.cumulative.sqnrDb ?? Number.POSITIVE_INFINITY);

function summary(result: DiagnoseResult): string {
  const rows = result.tensors
    .toSorted(byError)
    .slice(0, SHOWN)
    .map(({ name, op, cumulative, local }) => [
      `${name} (${op})`,
      decibels(cumulative.sqnrDb),
      decibels(local?.sqnrDb ?? null),
      cumulative.cosine === null ? '–' : cumulative.cosine.toFixed(5),
      significant(cumulative.mse),
    ]);
  const heading = ['worst tensors by SQNR', 'cumulative', 'local', 'cosine', 'mse'];
  const unmatched = result.unmatched.length === 0 ? '' : `, ${result.unmatched.length} without a counterpart`;
  return (
    `${table([heading, ...rows], true)}\n` +
    `${Math.min(SHOWN, rows.length)} of ${counted(result.tensors.length, 'tensor')}${unmatched}, on ${counted(result.images, 'image')}${skippedText(result.skipped)}` +
    sensitiveLayers(result.sensitivity ?? []) +
    worstWeights(result.weights ?? []) +
    problemLines(result.warnings)
  );
}

/** What was measured; where nothing was, what was estimated. */
function sensitiveLayers(all: readonly Sensitivity[]): string {
  const measured = all.filter((one) => one.measured !== null);
  const shown = measured.length > 0 ? measured : all.slice(0, SHOWN);
  if (shown.length === 0) return '';
  const lines = shown.map(({ node, op, estimateDb, measured: found }) => {
    const layer = `${node} (${op})`;
    if (!found) return `  ${layer}: estimated output SQNR ${decibels(estimateDb)}`;
    const answers = found.changed === null ? '' : `, ${Math.round((found.changed * found.images) / 100)} of ${counted(found.images, 'answer')} change`;
    return `  ${layer}: output SQNR ${decibels(found.outputSqnrDb)}${answers} (estimated ${decibels(estimateDb)})`;
  });
  return `\n\nmost sensitive layers, only this layer quantized (${shown.length} of ${all.length})\n${lines.join('\n')}`;
}

function worstWeights(all: readonly WeightError[]): string {
  if (all.length === 0) return '';
  const rows = all
    .toSorted((a, b) => channelNoise(b) - channelNoise(a))
    .slice(0, SHOWN_WEIGHTS)
    .map(({ name, node, type, granularity, sqnrDb, worstChannel, channelSqnrDb, rangeRatio }) => [
      `${name} of ${node}`,
      `${type} ${granularity}`,
      decibels(sqnrDb),
      worstChannel === null ? '–' : `${decibels(channelSqnrDb[worstChannel] ?? null)} (${worstChannel})`,
      rangeRatio === null ? '–' : significant(rangeRatio),
    ]);
  const heading = ['worst weights', 'kept as', 'SQNR', 'worst channel', 'channel range ratio'];
  return `\n\n${table([heading, ...rows], true)}\n${rows.length} of ${counted(all.length, 'weight')}`;
}

/** Mean noise-to-signal ratio of the channels: a small channel that is lost counts as much as a large one. */
function channelNoise({ channelSqnrDb }: WeightError): number {
  return channelSqnrDb.reduce<number>((sum, one) => sum + (one === null ? 0 : 10 ** (-one / 10)), 0) / Math.max(1, channelSqnrDb.length);
}
