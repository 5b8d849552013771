/** Three significant digits; unknown is a dash, never 0. */
export function number(value: number | null | undefined, unit = '', digits = 3): string {
  if (value == null) return '–';
  if (!Number.isFinite(value)) return value > 0 ? '∞' : Number.isNaN(value) ? '–' : '−∞';
  const text = value !== 0 && Math.abs(value) < 1e5 ? Number(value.toPrecision(digits)).toString() : value.toFixed(0);
  return `${text.replace('-', '−')}${unit}`;
}

/** With its sign, because it is a change. */
export function signed(value: number | null | undefined, unit: string): string {
  if (value == null) return '–';
  const text = number(Math.abs(value), unit);
  return value === 0 ? text : `${value > 0 ? '+' : '−'}${text}`;
}

export const percent = (value: number | null | undefined): string => (value == null ? '–' : `${value.toFixed(1)} %`);
export const megabytes = (bytes: number | null | undefined): string => (bytes == null ? '–' : number(bytes / 1e6, ' MB'));
export const milliseconds = (value: number | null | undefined): string => number(value, ' ms');
export const decibels = (value: number | null | undefined): string => number(value, ' dB');
export const counted = (count: number, one: string): string => `${count} ${count === 1 ? one : `${one}s`}`;
