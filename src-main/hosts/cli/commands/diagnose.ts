import type { Command } from 'commander';
import type { DiagnoseResult } from '../../../contract/results.ts';
import { counted, decibels, problemLines, significant, skippedText, table } from '../format.ts';
import { runJob } from '../job.ts';
import { addData, addJson, addSamples, dataOf, type DataFlags, type SampleFlags } from '../options.ts';
import type { Terminal } from '../terminal.ts';

const SHOWN = 10;

type Flags = Partial<DataFlags> & SampleFlags & { json?: true };

export function addDiagnose(program: Command, terminal: Terminal): void {
  const command = program.command('diagnose <float> <quantized>').description('error of every tensor of a quantized model against the float one');
  addJson(addSamples(addData(command))).action(async (float: string, quantized: string, flags: Flags) => {
    const data = await dataOf(flags, terminal, 'diagnose');
    const result = await runJob<'diagnose'>(
      {
        kind: 'diagnose',
        float: terminal.path(float),
        quantized: terminal.path(quantized),
        data,
        skipSamples: flags.skipSamples ?? 0,
        samples: flags.samples,
      },
      terminal,
    );
    terminal.result(flags.json ? JSON.stringify(result) : summary(result));
  });
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
    problemLines(result.warnings)
  );
}
