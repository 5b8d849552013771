import { unzipSync } from 'fflate';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { latin } from '../../src-main/app/report/latin.ts';
import { reportFile, type RunEvidence } from '../../src-main/app/report/forms.ts';
import { drawPictures } from '../../src-main/runner/questions/draw-pictures.ts';
import { runResult } from '../fixtures/records.ts';
import { rowOf } from '../renderer/fixtures/run-data.ts';

const row = rowOf(runResult, { id: 'r', projectId: 'p', name: 'größe 模型 −1', createdAt: '2026-01-01T00:00:00.000Z' });
const evidence: RunEvidence = { detail: { row, result: runResult, verdict: { level: 'ok', message: 'Fine.' } }, doctor: null, channels: [] };
const draw = (pictures: string[], scale: number): Promise<Uint8Array[]> => drawPictures({ pictures, scale });

describe('the forms of a report', () => {
  it('PDF: whole, and the same bytes for the same run', async () => {
    const [first, second] = [await reportFile(evidence, 'pdf', draw), await reportFile(evidence, 'pdf', draw)];
    const text = Buffer.from(first.bytes).toString('latin1');
    expect(text.slice(0, 5)).toBe('%PDF-');
    expect(text.trimEnd().endsWith('%%EOF')).toBe(true);
    expect(Buffer.from(second.bytes).equals(Buffer.from(first.bytes))).toBe(true);
  });

  it('charts: a ZIP of PNGs on white, twice the size of the screen', async () => {
    const files = unzipSync((await reportFile(evidence, 'charts', draw)).bytes);
    expect(Object.keys(files)).toContain('sqnr.png');
    const { width, channels } = await sharp(files['sqnr.png']).metadata();
    expect({ width, channels }).toEqual({ width: 1520, channels: 3 });
  });

  it('tables: a ZIP of CSVs, the same bytes each time', async () => {
    const [first, second] = [await reportFile(evidence, 'tables', draw), await reportFile(evidence, 'tables', draw)];
    expect(Object.keys(unzipSync(first.bytes))).toContain('summary.csv');
    expect(Buffer.from(second.bytes).equals(Buffer.from(first.bytes))).toBe(true);
  });

  it('JSON: every number as it was measured', async () => {
    const json = JSON.parse(Buffer.from((await reportFile(evidence, 'json', draw)).bytes).toString()) as { result: typeof runResult };
    expect(json.result.evaluate.latencyMs).toEqual(runResult.evaluate.latencyMs);
  });

  it('a run without results is refused in words', async () => {
    const empty = { ...evidence, detail: { ...evidence.detail, result: null } };
    await expect(reportFile(empty, 'pdf', draw)).rejects.toMatchObject({ code: 'not-found' });
  });
});

it('letters that the fonts of a PDF lack become code points, signs their nearest ASCII', () => {
  expect(latin('größe 模 −1 ≤ 2…\u0007')).toBe('größe U+6A21 -1 <= 2… ');
});
