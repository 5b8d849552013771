import * as v from 'valibot';

/**
 * JSON in a TEXT column. JSON has no infinities but measurements do (a range that was never seen, an error of nothing against nothing),
 * so they are kept as {"$number": "Infinity"}.
 */
export function toJson(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) => (typeof item === 'number' && !Number.isFinite(item) ? { $number: String(item) } : item));
}

function reviveNumber(_: string, item: unknown): unknown {
  return item !== null && typeof item === 'object' && '$number' in item ? Number(item.$number) : item;
}

/** A column that holds `schema` as JSON. */
export function jsonColumn<T>(schema: v.GenericSchema<unknown, T>): v.GenericSchema<unknown, T> {
  return v.pipe(v.string(), v.parseJson({ reviver: reviveNumber }), schema);
}

/** A column that holds 0 or 1. */
export const flagColumn = v.pipe(
  v.picklist([0, 1]),
  v.transform((flag) => flag === 1),
);

export function now(): string {
  return new Date().toISOString();
}

export function describeIssue(issue: v.BaseIssue<unknown>): string {
  const path = v.getDotPath(issue);
  return path === null ? issue.message : `${path}: ${issue.message}`;
}
