import type { CsvCell } from '../../../contract/csv.ts';
import type { RunDetail } from '../../../contract/projects.ts';
import { changedNodes, resultWord } from '../../../contract/recipe-words.ts';
import type { Evaluation, RunResult } from '../../../contract/results.ts';
import type { Section } from '../document.ts';
import { decibels, megabytes, milliseconds, number, percent, signed } from '../words.ts';

type Row = [name: string, float: string, quantized: string, change: string];

/** What the run is worth: the numbers that decide, the criteria, and what was odd. */
export function summarySections({ row }: RunDetail, result: RunResult): Section[] {
  const { quantize, evaluate, diagnose } = result;
  const rows: Row[] = [...qualityRows(result), ...costRows(result)];
  const warnings = [...quantize.warnings, ...evaluate.warnings, ...diagnose.warnings].map(({ message }) => message);
  return [
    {
      title: 'Summary',
      blocks: [
        {
          kind: 'table',
          id: 'summary',
          title: 'Float and quantized',
          columns: [{ title: '' }, ...['float', resultWord(quantize.recipe), 'change'].map((title) => ({ title, align: 'right' as const }))],
          rows: rows as CsvCell[][],
        },
      ],
    },
    { title: 'Acceptance criteria', blocks: row.checks.length === 0 ? [] : [{ kind: 'list', items: row.checks.map(({ met, message }) => `${met === null ? 'Unknown' : met ? 'Met' : 'Not met'}: ${message}`) }] }, // prettier-ignore
    { title: 'Warnings and notes', blocks: warnings.length === 0 ? [] : [{ kind: 'list', items: warnings }] },
    ...(row.note === '' ? [] : [{ title: 'Note', blocks: [{ kind: 'text' as const, text: row.note }] }]),
  ];
}

/** One line for each metric that the task has. */
function qualityRows({ evaluate }: RunResult): Row[] {
  const float = evaluate.against;
  const share = (name: string, of: (one: Evaluation) => number | null | undefined): Row[] => {
    const [before, now] = [float && of(float), of(evaluate)];
    return before == null && now == null ? [] : [[name, percent(before), percent(now), before == null || now == null ? '–' : signed(now - before, ' points')]];
  };
  const rows: Row[] = [
    ...share('Top-1', (one) => one.top1),
    ...share('Top-5', (one) => one.top5),
    ...share('mAP, IoU 0.50…0.95', (one) => one.detection?.ap),
    ...share('AP at IoU 0.50', (one) => one.detection?.ap50),
    ...share('mAP of small objects', (one) => one.detection?.bySize.small),
    ...share('mAP of medium objects', (one) => one.detection?.bySize.medium),
    ...share('mAP of large objects', (one) => one.detection?.bySize.large),
    ...share('Mean IoU', (one) => one.segmentation?.miou),
    ...share('Pixels right', (one) => one.segmentation?.accuracy),
  ];
  if (evaluate.regression) rows.push(['Mean squared error', number(float?.regression?.mse), number(evaluate.regression.mse), '–'], ['Bias of the output', number(float?.regression?.bias), number(evaluate.regression.bias), '–']); // prettier-ignore
  if (evaluate.agreement != null) rows.push(['Same top-1 as float', '', percent(evaluate.agreement), '']);
  if (evaluate.outputError) rows.push(['SQNR of the output', '', decibels(evaluate.outputError.sqnrDb), '']);
  if (evaluate.confidence) rows.push(['Confidence error (ECE)', number(float?.confidence?.error, ' points'), number(evaluate.confidence.error, ' points'), '–']); // prettier-ignore
  return rows;
}

function costRows({ evaluate, quantize }: RunResult): Row[] {
  const float = evaluate.against;
  const { sizeBytes: size, recipe } = quantize;
  const nodes = changedNodes(quantize.placements, recipe);
  return [
    ['File size', megabytes(size.float), megabytes(size.quantized), signed((100 * (size.quantized - size.float)) / size.float, ' %')],
    ['Latency, median', milliseconds(float?.latencyMs.median), milliseconds(evaluate.latencyMs.median), `${number(evaluate.delta?.speedup)}× as fast`],
    ['Latency, 95th percentile', milliseconds(float?.latencyMs.p95), milliseconds(evaluate.latencyMs.p95), ''],
    [nodes.title, '', `${nodes.changed} of ${nodes.changed + nodes.float}`, ''],
  ];
}
