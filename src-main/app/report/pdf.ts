import PdfDocument from 'pdfkit';
import svgToPdf from 'svg-to-pdfkit';
import { rightAligned, type Block, type ReportDocument, type ReportTable } from '../../core/report/document.ts';
import { cellText } from '../../core/report/html.ts';
import { INK } from '../../core/report/svg/picture.ts';
import { latin } from './latin.ts';

type Pdf = InstanceType<typeof PdfDocument>;

const MARGIN = 42;
const TEXT = 9;
/** Rows of a table on paper; the HTML has more, the CSV all. */
const ROWS = 40;

/**
 * The report on A4, with its charts as vectors. Written here rather than printed by a browser, so that the terminal and the web host have it too; its fonts
 * are the 14 that every reader has, so letters beyond Latin are written as their code points (see latin.ts). The same report gives the same bytes.
 */
export async function toPdf(report: ReportDocument, createdAt: string): Promise<Uint8Array> {
  const info = { Title: latin(report.title), Producer: 'Calibrant', Creator: 'Calibrant', CreationDate: new Date(createdAt), ModDate: new Date(createdAt) };
  const pdf = new PdfDocument({ size: 'A4', margin: MARGIN, info, bufferPages: true });
  const chunks: Buffer[] = [];
  const ended = new Promise<void>((done, failed) => {
    pdf.on('data', (chunk: Buffer) => void chunks.push(chunk));
    pdf.on('end', done);
    pdf.on('error', failed);
  });
  heading(pdf, report.title, 15);
  paragraph(pdf, report.subtitle, INK.muted);
  pdf.moveDown(0.5);
  paragraph(pdf, report.verdict, INK.text, 11);
  for (const { title, blocks } of report.sections) {
    pdf.moveDown(1);
    heading(pdf, title, 11.5);
    for (const one of blocks) block(pdf, one);
  }
  numberPages(pdf, report.title);
  pdf.end();
  await ended;
  return new Uint8Array(Buffer.concat(chunks));
}

function width(pdf: Pdf): number {
  return pdf.page.width - 2 * MARGIN;
}

function keepTogether(pdf: Pdf, height: number): void {
  if (pdf.y + height > pdf.page.height - MARGIN) pdf.addPage();
}

function heading(pdf: Pdf, text: string, size: number): void {
  keepTogether(pdf, 80);
  pdf
    .font('Helvetica-Bold')
    .fontSize(size)
    .fillColor(INK.text)
    .text(latin(text), MARGIN, pdf.y, { width: width(pdf) });
  pdf.moveDown(0.3);
}

function paragraph(pdf: Pdf, text: string, colour: string, size = TEXT): void {
  pdf
    .font('Helvetica')
    .fontSize(size)
    .fillColor(colour)
    .text(latin(text), MARGIN, pdf.y, { width: width(pdf) });
  pdf.moveDown(0.2);
}

function block(pdf: Pdf, one: Block): void {
  switch (one.kind) {
    case 'text':
      return paragraph(pdf, one.text, INK.text);
    case 'list':
      for (const item of one.items) paragraph(pdf, `•  ${item}`, INK.text);
      return;
    case 'facts':
      for (const [name, value] of one.facts) {
        pdf
          .font('Helvetica-Bold')
          .fontSize(TEXT)
          .fillColor(INK.text)
          .text(`${latin(name)}  `, MARGIN, pdf.y, { width: width(pdf), continued: true });
        pdf.font('Courier').fontSize(TEXT - 1).text(latin(value)); // prettier-ignore
      }
      return;
    case 'chart': {
      const [, across = '1', down = '1'] = /viewBox="0 0 (\d+) (\d+)"/.exec(one.svg) ?? [];
      const height = (width(pdf) * Number(down)) / Number(across);
      keepTogether(pdf, height);
      const top = pdf.y;
      pdf
        .save()
        .translate(MARGIN, top)
        .scale(width(pdf) / Number(across));
      svgToPdf(pdf, latin(one.svg), 0, 0, { assumePt: true, fontCallback: () => 'Helvetica' });
      pdf.restore();
      pdf.y = top + height + 4;
      return paragraph(pdf, one.summary, INK.muted, TEXT - 1);
    }
    case 'table':
      return table(pdf, one);
  }
}

function table(pdf: Pdf, { title, note, columns, rows, shown = ROWS }: ReportTable): void {
  keepTogether(pdf, 90);
  pdf.moveDown(0.4);
  pdf
    .font('Helvetica-Bold')
    .fontSize(TEXT)
    .fillColor(INK.text)
    .text(latin(title), MARGIN, pdf.y, { width: width(pdf) });
  if (note) paragraph(pdf, note, INK.muted, TEXT - 1);
  const visible = rows.slice(0, Math.min(shown, ROWS));
  const numeric = rightAligned({ columns, rows });
  const cells = visible.map((row) => columns.map((column, i) => latin(cellText(row[i] ?? null, column))));
  const titles = columns.map((column) => latin(column.title));
  const room = widths([titles, ...cells], columns.length, width(pdf));
  const line = { bottom: 0.5, top: 0, left: 0, right: 0 };
  pdf.font('Helvetica').fontSize(TEXT - 1).fillColor(INK.text); // prettier-ignore
  pdf.table({
    position: { x: MARGIN, y: pdf.y + 2 },
    maxWidth: width(pdf),
    columnStyles: columns.map((_, i) => ({
      align: { x: numeric[i] ? ('right' as const) : ('left' as const), y: 'top' as const },
      width: room[i] as number,
    })),
    defaultStyle: { border: line, borderColor: INK.line, padding: { top: 3.5, bottom: 2, left: 2, right: 2 }, textColor: INK.text },
    data: [titles, ...cells],
    rowStyles: (row) => (row === 0 ? { textColor: INK.muted } : {}),
  });
  pdf.moveDown(0.3);
  if (rows.length > visible.length) paragraph(pdf, `${visible.length} of ${rows.length} rows; the tables of this report have all.`, INK.muted, TEXT - 1);
}

/** Columns share the width by their longest text; none is so narrow that words break, none so wide that it starves the others. */
function widths(texts: readonly (readonly string[])[], columns: number, total: number): number[] {
  const wanted = Array.from({ length: columns }, (_, i) => Math.min(48, Math.max(11, ...texts.map((row) => row[i]?.length ?? 0))));
  const sum = wanted.reduce((a, b) => a + b, 0);
  return wanted.map((one) => (total * one) / sum);
}

function numberPages(pdf: Pdf, title: string): void {
  const { count } = pdf.bufferedPageRange();
  for (let page = 0; page < count; page++) {
    pdf.switchToPage(page);
    // Below the margin pdfkit would begin another page.
    pdf.page.margins.bottom = 0;
    pdf.font('Helvetica').fontSize(7).fillColor(INK.muted);
    pdf.text(latin(`${title} · Calibrant · ${page + 1} of ${count}`), MARGIN, pdf.page.height - 26, { width: width(pdf), lineBreak: false });
  }
}
