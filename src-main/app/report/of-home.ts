import { readFile } from 'node:fs/promises';
import * as v from 'valibot';
import { CalibrantError } from '../../contract/errors.ts';
import { ChannelErrorsSchema } from '../../contract/evidence.ts';
import type { RunRow } from '../../contract/projects.ts';
import { csvFiles } from '../../core/report/files.ts';
import { openReadOnly } from '../../store/store.ts';
import { lookOfRun } from '../look-of-run.ts';
import { runDetail } from '../runs.ts';
import { chartFiles, documentOf, jsonText, reportFile, type Draw, type RunEvidence } from './forms.ts';

/** One finished run of a data folder, as files. */
export interface RunReport {
  row: RunRow;
  verdict: string;
  /** Every number as one JSON document. */
  json(): string;
  /** All forms under their names: report.html, report.pdf, report.json, tables/…, charts/…. */
  files(draw: Draw): Promise<{ name: string; bytes: Uint8Array }[]>;
}

/**
 * Reads only, so that it may be asked while a window is open on the same data.
 * @param wanted id or name of a run; null: the newest finished one. Throws `not-found`, naming what there is.
 */
export async function openRunReport(home: string, wanted: string | null): Promise<RunReport> {
  const store = await openReadOnly(home);
  try {
    const rows = store ? store.projects.list().flatMap((project) => store.runs.list(project.id)) : [];
    const row = newest(rows.filter((one) => (wanted === null ? one.state === 'done' : one.id === wanted || one.name === wanted)));
    if (!store || !row) throw missing(wanted, rows);
    const { channels } = store.runs.files(row.id);
    const detail = runDetail(store, row.id);
    const evidence: RunEvidence = {
      detail,
      doctor: detail.result && lookOfRun(store, row, detail.result),
      channels: channels ? v.parse(v.array(ChannelErrorsSchema), JSON.parse(await readFile(store.pathOf(channels), 'utf8'))) : [],
    };
    const report = documentOf(evidence);
    return {
      row,
      verdict: report.verdict,
      json: () => jsonText(evidence),
      files: async (draw) => {
        const forms = await Promise.all((['report', 'pdf', 'json'] as const).map((form) => reportFile(evidence, form, draw)));
        return [
          ...forms.map(({ ending, bytes }) => ({ name: ending.slice(1), bytes })),
          ...csvFiles(report).map(({ name, text }) => ({ name: `tables/${name}`, bytes: new TextEncoder().encode(text) })),
          ...(await chartFiles(report, draw)).map(({ name, bytes }) => ({ name: `charts/${name}`, bytes })),
        ];
      },
    };
  } finally {
    store?.close();
  }
}

function newest(rows: readonly RunRow[]): RunRow | undefined {
  return rows.toSorted((a, b) => b.createdAt.localeCompare(a.createdAt))[0];
}

function missing(wanted: string | null, rows: readonly RunRow[]): CalibrantError {
  const done = rows.filter(({ state }) => state === 'done');
  const some = done.slice(0, 5).map(({ name, id }) => `${name} (${id})`).join(', '); // prettier-ignore
  const reason = wanted === null ? 'There is no finished run yet' : `There is no run "${wanted}"`;
  const wayOut = done.length === 0 ? '"npm run sample" makes one' : `there ${done.length === 1 ? 'is' : 'are'} ${some}${done.length > 5 ? ' and more' : ''}`;
  return new CalibrantError('not-found', `${reason}; ${wayOut}.`);
}
