import type { Progress } from '../../contract/jobs.ts';
import type { Problem } from '../../contract/model.ts';

/** Three significant digits, without the exponent as long as it can be read without. */
export function significant(value: number): string {
  const size = Math.abs(value);
  if (value === 0 || !Number.isFinite(value)) return String(value);
  if (size >= 99.95) return String(Math.round(value));
  return size >= 0.000_995 ? value.toPrecision(3) : value.toExponential(2);
}

/** `3.66 M`: powers of 1000, as the makers of models count. */
export function scaled(value: number, unit = ''): string {
  const steps = ['', 'k', 'M', 'G', 'T'];
  const step = value < 1000 ? 0 : Math.min(steps.length - 1, Math.floor(Math.log10(value) / 3));
  const digits = step === 0 ? String(value) : significant(value / 1000 ** step);
  return `${digits} ${steps[step] ?? ''}${unit}`.trim();
}

export const bytes = (value: number): string => scaled(value, 'B');
export const percent = (value: number): string => `${significant(value)} %`;
export const milliseconds = (value: number): string => `${significant(value)} ms`;
export const seconds = (value: number): string => `${significant(value)} s`;
export const decibels = (value: number | null): string => (value === null ? '–' : `${significant(value)} dB`);
/** With its sign: a difference. */
export const points = (value: number): string => `${value > 0 ? '+' : value < 0 ? '−' : '±'}${significant(Math.abs(value))} points`;
export const counted = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`;

/** Columns as wide as their widest cell, two spaces apart; all but the first aligned right when `numbers` says so. */
export function table(rows: readonly (readonly string[])[], numbers = false): string {
  const widths = rows.reduce<number[]>((widest, row) => row.map((cell, i) => Math.max(widest[i] ?? 0, cell.length)), []);
  const pad = (cell: string, i: number): string => (numbers && i > 0 ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0));
  return rows.map((row) => row.map(pad).join('  ').trimEnd()).join('\n');
}

export function problemLines(problems: readonly Problem[]): string {
  return problems.map(({ severity, message }) => `\n${severity}: ${message}`).join('');
}

export function skippedText(skipped: readonly { file: string; reason: string }[]): string {
  if (skipped.length === 0) return '';
  const named = skipped.slice(0, 3).map(({ file, reason }) => `${file}: ${reason}`);
  return ` (${skipped.length} skipped – ${named.join('; ')}${skipped.length > 3 ? '; …' : ''})`;
}

export function progressLine({ stage, stages, done, total, rate, secondsLeft }: Progress): string {
  const place = stages.length > 1 ? ` (${stages.indexOf(stage) + 1} of ${stages.length})` : '';
  // Stages that do not count images have a total of 1.
  const parts = [`${stage}${place}${total > 1 ? `  ${done} of ${total}` : ''}`];
  if (rate !== null) parts.push(`${significant(rate)} images/s`);
  if (secondsLeft !== null) parts.push(`${Math.ceil(secondsLeft)} s left`);
  return parts.join(' · ');
}
