import { parse } from 'csv-parse/sync';
import { CalibrantError } from '../../contract/errors.ts';

export interface Labels {
  /** Relative path with `/` → class index. */
  byFile: Map<string, number>;
  /** From a column `class`, `name` or `wnid`, by class index; holes are empty strings. */
  classes: string[];
  /** Where the class indices are from, as the file writes it. */
  column: string;
}

const NAME_COLUMNS = ['class', 'name', 'wnid'];

/**
 * Reads `labels.csv`: a header line, then `file,class_index[,class]` in any column order; further columns are ignored. Where none is called `class_index`,
 * the only column of whole numbers is it. Throws `data-labels-invalid` naming the line.
 */
export function parseLabelsCsv(text: string, where: string): Labels {
  const rows = readRows(text, where);
  const header = (rows[0] ?? []).map((cell) => cell.toLowerCase());
  const file = header.indexOf('file');
  const named = header.indexOf('class_index');
  const classIndex = named >= 0 ? named : onlyColumnOfIndices(rows, file);
  if (file < 0 || classIndex < 0) {
    throw invalid(where, `its first line must name the columns "file" and "class_index", but it has ${rows[0]?.join(', ') || 'nothing'}`);
  }
  const name = NAME_COLUMNS.map((column) => header.indexOf(column)).find((column) => column >= 0);

  const byFile = new Map<string, number>();
  const names = new Map<number, string>();
  rows.slice(1).forEach((row, i) => {
    const line = i + 2;
    const path = relativePath(row[file] ?? '');
    if (path === null) throw invalid(where, `line ${line} names "${row[file]}", which is not a path inside the folder`);
    const label = toClassIndex(row[classIndex]);
    if (label === null) throw invalid(where, `line ${line} has the class index "${row[classIndex] ?? ''}", which is not a whole number from 0`);
    if (byFile.has(path)) throw invalid(where, `line ${line} names "${path}" a second time`);
    byFile.set(path, label);
    const title = name === undefined ? undefined : row[name];
    if (title) names.set(label, title);
  });
  if (byFile.size === 0) throw invalid(where, 'it names no files');
  return { byFile, classes: toList(names), column: rows[0]?.[classIndex] ?? '' };
}

/**
 * Class names from `classes.json`: a list of names, a list of objects with `index` and `name`, or an object from index to name.
 * Null when it is none of these.
 */
export function parseClassNames(text: string): string[] | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (value === null || typeof value !== 'object') return null;
  const names = new Map<number, string>();
  for (const [key, entry] of Object.entries(value)) {
    const described: { index?: unknown; name?: unknown } = entry !== null && typeof entry === 'object' ? entry : { index: key, name: entry };
    const index = toClassIndex(String(described.index ?? key));
    if (index === null || typeof described.name !== 'string') return null;
    names.set(index, described.name);
  }
  return toList(names);
}

/** -1 when none or several have nothing but class indices. */
function onlyColumnOfIndices(rows: readonly string[][], file: number): number {
  const columns = (rows[0] ?? []).flatMap((_, column) => (column !== file && rows.slice(1).every((row) => toClassIndex(row[column]) !== null) ? [column] : []));
  return columns.length === 1 && rows.length > 1 ? (columns[0] as number) : -1;
}

/** Forward slashes, no `./`; null for empty, absolute and climbing paths. */
export function relativePath(path: string): string | null {
  const parts = path.trim().replaceAll('\\', '/').split('/').filter((part) => part !== '.' && part !== ''); // prettier-ignore
  const absolute = /^([/\\]|[A-Za-z]:)/.test(path.trim());
  return absolute || parts.length === 0 || parts.includes('..') ? null : parts.join('/');
}

/** Above a million classes it is a mistake, and the list of names would not fit. */
function toClassIndex(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,6}$/.test(text.trim()) ? Number(text) : null;
}

function toList(names: Map<number, string>): string[] {
  const length = names.size === 0 ? 0 : Math.max(...names.keys()) + 1;
  return Array.from({ length }, (_, i) => names.get(i) ?? '');
}

function readRows(text: string, where: string): string[][] {
  try {
    return parse(text, { bom: true, trim: true, skip_empty_lines: true, relax_column_count: true });
  } catch (cause) {
    throw invalid(where, cause instanceof Error ? cause.message : String(cause), cause);
  }
}

function invalid(where: string, reason: string, cause?: unknown): CalibrantError {
  return new CalibrantError('data-labels-invalid', `The labels of ${where} cannot be read: ${reason}.`, undefined, cause);
}
