import type { Command } from 'commander';
import type { EvaluateResult, Evaluation } from '../../../contract/results.ts';
import { bytes, counted, decibels, milliseconds, percent, points, problemLines, significant, skippedText, table } from '../format.ts';
import { runJob } from '../job.ts';
import { addData, addJson, addSamples, dataOf, type DataFlags, type SampleFlags } from '../options.ts';
import type { Terminal } from '../terminal.ts';

type Flags = Partial<DataFlags> & SampleFlags & { against?: string; json?: true };

export function addEvaluate(program: Command, terminal: Terminal): void {
  const command = program
    .command('evaluate <model>')
    .description('accuracy and latency of a model, alone or beside another one')
    .option('--against <model>', 'the model to compare with, on the same images');
  addJson(addSamples(addData(command))).action(async (model: string, flags: Flags) => {
    const data = await dataOf(flags, terminal, 'evaluate');
    const result = await runJob<'evaluate'>(
      {
        kind: 'evaluate',
        model: terminal.path(model),
        ...(flags.against === undefined ? {} : { against: terminal.path(flags.against) }),
        data,
        skipSamples: flags.skipSamples ?? 0,
        samples: flags.samples,
      },
      terminal,
    );
    terminal.result(flags.json ? JSON.stringify(result) : summary(result));
  });
}

/** An accuracy, or why there is none. */
function accuracy({ labelled, top1 }: Evaluation, value: number | null): string {
  if (value !== null) return percent(value);
  if (!labelled) return 'no labels';
  return top1 === null ? 'no class scores' : 'not meaningful with so few classes';
}

/** Rows of one column per model: the numbers that decide, each with its unit. */
export function comparison(models: readonly Evaluation[]): string[][] {
  const on = counted(models[0]?.images ?? 0, 'image');
  const row = (name: string, text: (model: Evaluation) => string): string[] => [name, ...models.map(text)];
  return [
    row('model', ({ model }) => model.file),
    row('size', ({ model }) => bytes(model.bytes)),
    row(`top-1 of ${on}`, (model) => accuracy(model, model.top1)),
    row(`top-5 of ${on}`, (model) => accuracy(model, model.top5)),
    row('latency median', ({ latencyMs }) => milliseconds(latencyMs.median)),
    row('latency p95', ({ latencyMs }) => milliseconds(latencyMs.p95)),
  ];
}

function summary(result: EvaluateResult): string {
  const rows = comparison(result.against ? [result, result.against] : [result]);
  const lines = [table(rows)];
  const { against, agreement, delta, outputError } = result;
  if (result.skipped.length > 0) lines.push(skippedText(result.skipped).trim());
  if (against && delta) {
    const change = delta.top1 === null ? '' : `top-1 ${points(delta.top1)}, `;
    lines.push(`against ${against.model.file}: ${change}${significant(delta.speedup)} times its speed`);
  }
  if (agreement != null) lines.push(`same top-1 class on ${percent(agreement)} of ${counted(result.images, 'image')}`);
  if (outputError) lines.push(`output: SQNR ${decibels(outputError.sqnrDb)} over ${counted(result.images, 'image')}`);
  const worst = result.perClass
    .filter(({ top1 }) => top1 < 100)
    .toSorted((a, b) => a.top1 - b.top1)
    .slice(0, 3);
  if (worst.length > 0) {
    lines.push(
      `lowest classes: ${worst.map((score) => `${score.name ?? score.class} ${percent(score.top1)} of ${counted(score.images, 'image')}`).join(', ')}`,
    );
  }
  return lines.join('\n') + problemLines(result.warnings);
}
