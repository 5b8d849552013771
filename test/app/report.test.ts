import { expect, it } from 'vitest';
import { writeReport } from '../../src-main/app/report.ts';
import type { RunDetail } from '../../src-main/contract/projects.ts';
import { runDetailFixture } from '../fixtures/run.ts';

it('shows hostile names as text and needs nothing from outside', () => {
  const hostile = '<script>alert(1)</script>"&';
  const detail = runDetailFixture();
  const named: RunDetail = { ...detail, row: { ...detail.row, name: hostile } };
  const html = writeReport(named, named.result!);
  expect(html).not.toContain('<script');
  expect(html).toContain('&#60;script&#62;');
  expect(html).not.toMatch(/https?:|src=|<link/);
});

it('carries the numbers, their counts and what is needed to repeat them', () => {
  const detail = runDetailFixture();
  const html = writeReport(detail, detail.result!);
  for (const part of ['85.0 %', '84.5 %', '200 images', '740×', 'a'.repeat(64), 'avx2']) expect(html).toContain(part);
});
