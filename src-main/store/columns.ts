import { crc32 } from 'node:zlib';
import * as v from 'valibot';

/**
 * JSON in a TEXT column, behind its CRC-32: SQLite sees damage to its pages but not a flipped bit inside a text, and a digit of a measurement
 * that changed on the disk must not pass for the measurement. JSON has no infinities but measurements do (a range that was never seen), so they
 * are kept as {"$number": "Infinity"}.
 */
export function toJson(value: unknown): string {
  const json = JSON.stringify(value, (_, item: unknown) => (typeof item === 'number' && !Number.isFinite(item) ? { $number: String(item) } : item));
  return checksum(json) + json;
}

/** A column that was written with `toJson`. */
export function jsonColumn<T>(schema: v.GenericSchema<unknown, T>): v.GenericSchema<unknown, T> {
  return v.pipe(
    v.string(),
    v.check((text) => text.slice(0, CHECKSUM_LENGTH) === checksum(text.slice(CHECKSUM_LENGTH)), 'the text is not what was written'),
    v.transform((text) => text.slice(CHECKSUM_LENGTH)),
    v.parseJson({ reviver: reviveNumber }),
    schema,
  );
}

const CHECKSUM_LENGTH = 9;

function checksum(json: string): string {
  return `${crc32(json).toString(16).padStart(8, '0')} `;
}

function reviveNumber(_: string, item: unknown): unknown {
  return item !== null && typeof item === 'object' && '$number' in item ? Number(item.$number) : item;
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
