import type { CsvCell } from '../../contract/csv.ts';
import { rightAligned, type Block, type ReportColumn, type ReportDocument, type ReportTable, type Section } from './document.ts';
import { escapeXml } from './svg/picture.ts';
import { number } from './words.ts';

const STYLE = `
:root { color-scheme: light dark; --line: light-dark(#d5d8dc, #3a4048); --dim: light-dark(#4c545c, #a4adb6); --text: light-dark(#15181b, #e4e7ea);
  --float: light-dark(#747d86, #98a2ac); --quantized: light-dark(#0a6585, #5cbbe0); --marker: light-dark(#b2591b, #e79a5e); --third: light-dark(#6a4c9c, #b79be0); }
body { font: 14px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1.5rem; color: var(--text); }
h1 { font-size: 1.4rem; margin: 0; } h2 { font-size: 1.05rem; margin: 2rem 0 .5rem; } h3 { font-size: .95rem; margin: 1.25rem 0 .25rem; }
p { margin: .25rem 0; color: var(--dim); } .verdict { color: inherit; font-size: 1.1rem; margin: 1rem 0; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
th { font-weight: 600; color: var(--dim); } .n { text-align: right; white-space: nowrap; }
svg { max-width: 100%; height: auto; } figure { margin: .5rem 0; }
li { margin: .25rem 0; } summary { cursor: pointer; font-size: 1.05rem; font-weight: 600; margin: 2rem 0 .5rem; }
code { font: 12px ui-monospace, monospace; overflow-wrap: anywhere; } .kv b { display: inline-block; min-width: 14rem; font-weight: 600; color: var(--text); }
.f-text { fill: var(--text); } .f-muted { fill: var(--dim); } .f-line { fill: var(--line); } .s-line { stroke: var(--line); }
.f-float { fill: var(--float); } .s-float { stroke: var(--float); } .f-quantized { fill: var(--quantized); } .s-quantized { stroke: var(--quantized); }
.f-marker { fill: var(--marker); } .s-marker { stroke: var(--marker); } .f-third { fill: var(--third); } .s-third { stroke: var(--third); }
@media print { body { margin: 0; max-width: none; font-size: 11px; } h2, h3, figure { break-after: avoid; } figure, tr { break-inside: avoid; } }
`;

/** One HTML file that needs nothing else: no script, no network, charts inside as SVG. */
export function toHtml(report: ReportDocument): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escapeXml(report.title)} – Calibrant</title><style>${STYLE}</style></head><body>
<h1>${escapeXml(report.title)}</h1>
<p>${escapeXml(report.subtitle)}</p>
<p class="verdict">${escapeXml(report.verdict)}</p>
${report.sections.map(section).join('\n')}
</body></html>
`;
}

function section({ title, blocks, folded }: Section): string {
  const content = blocks.map(block).join('\n');
  return folded ? `<details><summary>${escapeXml(title)}</summary>${content}</details>` : `<h2>${escapeXml(title)}</h2>\n${content}`;
}

function block(one: Block): string {
  switch (one.kind) {
    case 'text':
      return `<p>${escapeXml(one.text)}</p>`;
    case 'list':
      return `<ul>${one.items.map((item) => `<li>${escapeXml(item)}</li>`).join('')}</ul>`;
    case 'facts':
      return one.facts.map(([name, value]) => `<p class="kv"><b>${escapeXml(name)}</b> <code>${escapeXml(value)}</code></p>`).join('');
    case 'chart':
      // Inside HTML the namespace is understood, and no address stands in the file.
      return `<figure>${one.svg.replace(' xmlns="http://www.w3.org/2000/svg"', '')}<figcaption><p>${escapeXml(one.summary)}</p></figcaption></figure>`;
    case 'table':
      return table(one);
  }
}

function table({ title, note, columns, rows, shown = rows.length }: ReportTable): string {
  const numeric = rightAligned({ columns, rows });
  const right = (i: number): string => (numeric[i] ? ' class="n"' : '');
  const head = columns.map((column, i) => `<th${right(i)}>${escapeXml(column.title)}</th>`).join('');
  const body = rows.slice(0, shown).map((row) => `<tr>${columns.map((column, i) => `<td${right(i)}>${escapeXml(cellText(row[i] ?? null, column))}</td>`).join('')}</tr>`); // prettier-ignore
  const rest = rows.length > shown ? `<p>${rows.length - shown} more of ${rows.length} rows are in the tables and the JSON of this report.</p>` : '';
  return `<h3>${escapeXml(title)}</h3>${note ? `<p>${escapeXml(note)}</p>` : ''}<div class="wide"><table><thead><tr>${head}</tr></thead><tbody>${body.join('')}</tbody></table></div>${rest}`;
}

/** A cell as people read it, in every form of the report. */
export function cellText(cell: CsvCell, { format }: ReportColumn): string {
  if (cell === null) return '–';
  return typeof cell === 'number' ? (format ?? number)(cell) : String(cell);
}
