import type { RunDetail } from '../contract/projects.ts';
import { changedNodes, resultTitle, resultWord } from '../contract/recipe-words.ts';
import type { DiagnosedTensor, RunResult } from '../contract/results.ts';

/** Text for HTML: names of models, files and nodes are hostile input. */
function text(value: string): string {
  return value.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

function number(value: number | null | undefined, unit = '', digits = 3): string {
  if (value == null) return '–';
  return `${value !== 0 && Math.abs(value) < 1e5 ? Number(value.toPrecision(digits)).toString() : value.toFixed(0)}${unit}`;
}

/** With its sign, because it is a change. */
function signed(value: number | null | undefined, unit: string): string {
  if (value == null) return '–';
  const text = number(Math.abs(value), unit);
  return value === 0 ? text : `${value > 0 ? '+' : '−'}${text}`;
}

const percent = (value: number | null | undefined): string => (value == null ? '–' : `${value.toFixed(1)} %`);
const megabytes = (bytes: number): string => number(bytes / 1e6, ' MB');

function table(head: string[], rows: string[][]): string {
  const cells = (tag: string, row: string[]): string => row.map((cell, i) => `<${tag}${i > 0 ? ' class="n"' : ''}>${text(cell)}</${tag}>`).join('');
  return `<table><thead><tr>${cells('th', head)}</tr></thead><tbody>${rows.map((row) => `<tr>${cells('td', row)}</tr>`).join('')}</tbody></table>`;
}

function summary({ evaluate, quantize }: RunResult): string {
  const float = evaluate.against;
  const size = quantize.sizeBytes;
  const nodes = changedNodes(quantize.placements, quantize.recipe);
  return table(
    ['', 'float', resultWord(quantize.recipe), 'change'],
    [
      ['Top-1', percent(float?.top1), percent(evaluate.top1), signed(evaluate.delta?.top1, ' points')],
      ['Top-5', percent(float?.top5), percent(evaluate.top5), signed(evaluate.delta?.top5, ' points')],
      ['Same top-1 as float', '', percent(evaluate.agreement), ''],
      ['File size', megabytes(size.float), megabytes(size.quantized), signed((100 * (size.quantized - size.float)) / size.float, ' %')],
      ['Latency, median', number(float?.latencyMs.median, ' ms'), number(evaluate.latencyMs.median, ' ms'), `${number(evaluate.delta?.speedup)}× as fast`],
      ['Latency, 95th percentile', number(float?.latencyMs.p95, ' ms'), number(evaluate.latencyMs.p95, ' ms'), ''],
      [nodes.title, '', `${nodes.changed} of ${nodes.changed + nodes.float}`, ''],
    ],
  );
}

function perClass({ evaluate, quantize }: RunResult): string {
  const float = new Map(evaluate.against?.perClass.map((score) => [score.class, score.top1]));
  const rows = evaluate.perClass
    .map((score) => ({ score, delta: score.top1 - (float.get(score.class) ?? score.top1) }))
    .sort((a, b) => a.delta - b.delta)
    .slice(0, 50)
    .map(({ score, delta }) => [
      score.name ?? String(score.class),
      String(score.images),
      percent(float.get(score.class)),
      percent(score.top1),
      signed(delta, ' points'),
    ]);
  return rows.length === 0 ? '' : `<h2>Classes, most damaged first</h2>${table(['Class', 'images', 'float', resultWord(quantize.recipe), 'change'], rows)}`;
}

function worstTensors({ diagnose }: RunResult): string {
  const byError = (a: DiagnosedTensor, b: DiagnosedTensor): number => (a.cumulative.sqnrDb ?? Infinity) - (b.cumulative.sqnrDb ?? Infinity);
  const rows = [...diagnose.tensors]
    .sort(byError)
    .slice(0, 15)
    .map((tensor) => [
      tensor.name,
      tensor.op,
      number(tensor.cumulative.sqnrDb, ' dB'),
      number(tensor.local?.sqnrDb, ' dB'),
      number(tensor.cumulative.cosine, '', 5),
    ]);
  if (rows.length === 0) return '';
  const note = `SQNR = signal power over error power, over ${diagnose.images} images; cumulative: through the quantized graph so far, local: this tensor’s own rounding and clipping.`;
  return `<h2>Tensors with the largest error</h2><p>${note}</p>${table(['Tensor', 'operator', 'SQNR cumulative', 'SQNR local', 'cosine'], rows)}`;
}

function widestWeights({ quantize }: RunResult): string {
  const rows = quantize.tensors
    .filter((tensor) => tensor.channelRangeRatio !== undefined)
    .sort((a, b) => (b.channelRangeRatio ?? 0) - (a.channelRangeRatio ?? 0))
    .slice(0, 10)
    .map((tensor) => [tensor.name, tensor.granularity, `${number(tensor.channelRangeRatio)}×`]);
  const note =
    'The greatest over the smallest channel range of a weight. With per-tensor weights one scale serves all channels, so the narrow ones keep few or no levels.';
  if (rows.length === 0) return '';
  return `<h2>Weights whose channels differ most</h2><p>${note}</p>${table(['Weight', 'granularity', 'range ratio'], rows)}`;
}

function calibration({ statistics, images, skipped, provenance: { seed } }: RunResult['quantize']): string {
  if (statistics === 'none') return 'no images: nothing had to be observed';
  return `${images} images${statistics === 'cached' ? ', known from an earlier run' : ''}, ${skipped.length} skipped, seed ${seed}`;
}

function differences({ quantize }: RunResult): string {
  const items = quantize.differences.map(({ message }) => `<li>${text(message)}</li>`).join('');
  const title = `Differences from ONNX Runtime’s Python tool (${quantize.differences.length})`;
  return items === '' ? '' : `<details><summary>${title}</summary><ul>${items}</ul></details>`;
}

function provenance({ quantize }: RunResult): string {
  const from = quantize.provenance;
  const rows = [
    ['Recipe', JSON.stringify(quantize.recipe)],
    [quantize.recipe.format === 'float16' ? 'Overflows sought on' : 'Calibrated on', calibration(quantize)],
    ['Float model SHA-256', from.modelSha256],
    [`${resultTitle(quantize.recipe)} model SHA-256`, quantize.outputSha256],
    ['Data SHA-256', from.dataSha256],
    ['Preprocessing', JSON.stringify(from.preprocess)],
    ['Calibrant, ONNX Runtime, Node', `${from.calibrant}, ${from.onnxruntime}, ${from.node}`],
    ['Machine', `${from.cpu} (${from.cpuFlags.join(', ') || 'flags unknown'}), ${from.threads} threads, ${from.platform}`],
  ];
  return `<h2>How to repeat this</h2>${rows.map(([name, value]) => `<p class="kv"><b>${text(name ?? '')}</b> <code>${text(value ?? '')}</code></p>`).join('')}`;
}

const STYLE = `
:root { color-scheme: light dark; --line: light-dark(#d5d8dc, #3a4048); --dim: light-dark(#5a626c, #9aa3ad); }
body { font: 14px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1.5rem; }
h1 { font-size: 1.4rem; margin: 0; } h2 { font-size: 1.05rem; margin: 2rem 0 .5rem; }
p { margin: .25rem 0; color: var(--dim); } .verdict { color: inherit; font-size: 1.1rem; margin: 1rem 0; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
.n { text-align: right; } th { font-weight: 600; color: var(--dim); }
summary { cursor: pointer; }
code { font: 12px ui-monospace, monospace; overflow-wrap: anywhere; } .kv b { display: inline-block; min-width: 14rem; font-weight: 600; }
`;

/** One HTML file that needs nothing else: no script, no network. `result` and `row` are of a finished run. */
export function writeReport({ row, verdict }: RunDetail, result: RunResult): string {
  const warnings = [...result.quantize.warnings, ...result.evaluate.warnings, ...result.diagnose.warnings];
  const listed = warnings.map((warning) => `<li>${text(warning.message)}</li>`).join('');
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${text(row.name)} – Calibrant</title><style>${STYLE}</style></head><body>
<h1>${text(row.modelName)}: ${text(row.name)}</h1>
<p>${text(row.createdAt)} · judged on ${result.evaluate.images} images of the data set ${text(row.datasetName)}</p>
<p class="verdict">${text(verdict?.message ?? '')}</p>
${summary(result)}
${listed === '' ? '' : `<h2>Warnings and notes</h2><ul>${listed}</ul>`}
${differences(result)}
${perClass(result)}
${worstTensors(result)}
${widestWeights(result)}
${provenance(result)}
</body></html>
`;
}
