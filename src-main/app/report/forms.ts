import { strToU8, zipSync, type Zippable } from 'fflate';
import type { ChannelErrors, DoctorResult } from '../../contract/evidence.ts';
import { CalibrantError } from '../../contract/errors.ts';
import type { RunDetail } from '../../contract/projects.ts';
import { chartsOf, type ReportDocument } from '../../core/report/document.ts';
import { csvFiles } from '../../core/report/files.ts';
import { toHtml } from '../../core/report/html.ts';
import { runReport } from '../../core/report/run-report.ts';

/** All that is known of one finished run. */
export interface RunEvidence {
  detail: RunDetail;
  doctor: DoctorResult | null;
  channels: ChannelErrors[];
}

export type ReportForm = 'report' | 'pdf' | 'json' | 'tables' | 'charts';

/** Pictures as PNG; only a runner can. */
export type Draw = (svgs: string[], scale: number) => Promise<Uint8Array[]>;

export interface ReportFile {
  /** Behind the name of the model: `-report.pdf`. */
  ending: string;
  mime: string;
  bytes: Uint8Array;
}

/** Twice the pixels of a screen: sharp on paper too. */
const CHART_SCALE = 2;
/** Archives of the same report have the same bytes. */
const ARCHIVE_TIME = new Date('1980-01-01T00:00:00');

/** Throws `not-found` for a run without results. */
export function documentOf({ detail, doctor }: RunEvidence): ReportDocument {
  if (!detail.result) throw new CalibrantError('not-found', `The run "${detail.row.name}" has no results yet: wait until it is done, or start it again.`);
  return runReport(detail, detail.result, doctor);
}

/** One form of the report. `charts` needs a runner. */
export async function reportFile(evidence: RunEvidence, form: ReportForm, draw: Draw): Promise<ReportFile> {
  const report = documentOf(evidence);
  switch (form) {
    case 'report':
      return { ending: '-report.html', mime: 'text/html', bytes: strToU8(toHtml(report)) };
    case 'pdf': {
      // Its libraries take a fifth of a second to load, which no other command should wait for.
      const { toPdf } = await import('./pdf.ts');
      return { ending: '-report.pdf', mime: 'application/pdf', bytes: await toPdf(report, evidence.detail.row.createdAt) };
    }
    case 'json':
      return { ending: '-report.json', mime: 'application/json', bytes: strToU8(jsonText(evidence, 1)) };
    case 'tables':
      return archive('-tables.zip', csvFiles(report).map(({ name, text }) => ({ name, bytes: strToU8(text) }))); // prettier-ignore
    case 'charts':
      return archive('-charts.zip', await chartFiles(report, draw));
  }
}

/** Every number of the run, unrounded. Infinities, which JSON has not, are null. */
export function jsonText({ detail, doctor, channels }: RunEvidence, indent?: number): string {
  return JSON.stringify({ format: 'calibrant-report', version: 1, ...detail, channels, calibration: doctor }, null, indent);
}

export async function chartFiles(report: ReportDocument, draw: Draw): Promise<{ name: string; bytes: Uint8Array }[]> {
  const charts = chartsOf(report);
  const drawn = charts.length === 0 ? [] : await draw(charts.map(({ svg }) => svg), CHART_SCALE); // prettier-ignore
  return charts.map(({ id }, i) => ({ name: `${id}.png`, bytes: drawn[i] as Uint8Array }));
}

function archive(ending: string, files: readonly { name: string; bytes: Uint8Array }[]): ReportFile {
  const entries: Zippable = Object.fromEntries(files.map(({ name, bytes }) => [name, [bytes, { mtime: ARCHIVE_TIME }]]));
  return { ending, mime: 'application/zip', bytes: zipSync(entries) };
}
