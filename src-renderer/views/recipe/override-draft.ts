import * as v from 'valibot';
import { OverrideSchema, type Override } from '../../../src-main/contract/recipe.ts';
import { parseNumber } from '../data/draft.ts';

/** An override as the editor's controls hold it: '' is "as the recipe has it". */
export interface OverrideDraft {
  type: '' | NonNullable<Override['type']>;
  symmetric: '' | 'yes' | 'no';
  granularity: '' | NonNullable<Override['granularity']>;
  codes: '' | NonNullable<Override['codes']>;
  /** Where the range is from: found as for the others, given by its ends, or by scale and zero point. */
  range: 'found' | 'ends' | 'scale';
  min: string;
  max: string;
  scale: string;
  zeroPoint: string;
}

export function toOverrideDraft({ type, symmetric, granularity, codes, min, max, scale, zeroPoint }: Override): OverrideDraft {
  const written = (value: number | undefined): string => (value === undefined ? '' : String(value));
  return {
    type: type ?? '',
    symmetric: symmetric === undefined ? '' : symmetric ? 'yes' : 'no',
    granularity: granularity ?? '',
    codes: codes ?? '',
    range: scale !== undefined ? 'scale' : min !== undefined ? 'ends' : 'found',
    min: written(min),
    max: written(max),
    scale: written(scale),
    zeroPoint: written(zeroPoint),
  };
}

/** The override that a draft asks for, or what is missing in one sentence. An empty override asks for nothing. */
export function readOverrideDraft(draft: OverrideDraft): { override: Override; issue: null } | { override: null; issue: string } {
  const numbers = { min: parseNumber(draft.min), max: parseNumber(draft.max), scale: parseNumber(draft.scale), zeroPoint: parseNumber(draft.zeroPoint) };
  const issue = issueOf(draft.range, numbers);
  if (issue) return { override: null, issue };
  const { min, max, scale, zeroPoint } = numbers;
  const read = v.safeParse(OverrideSchema, {
    ...(draft.type === '' ? {} : { type: draft.type }),
    ...(draft.symmetric === '' ? {} : { symmetric: draft.symmetric === 'yes' }),
    ...(draft.granularity === '' ? {} : { granularity: draft.granularity }),
    ...(draft.codes === '' ? {} : { codes: draft.codes }),
    ...(draft.range === 'ends' ? { min, max } : {}),
    ...(draft.range === 'scale' ? { scale, zeroPoint } : {}),
  });
  return read.success ? { override: read.output, issue: null } : { override: null, issue: `This cannot be: ${read.issues[0].message}.` };
}

function issueOf(range: OverrideDraft['range'], { min, max, scale, zeroPoint }: Record<'min' | 'max' | 'scale' | 'zeroPoint', number | null>): string | null {
  if (range === 'ends') {
    if (min === null || max === null) return 'A range needs both ends, as numbers.';
    return min > max ? 'The lower end is above the upper one.' : null;
  }
  if (range === 'scale') {
    if (scale === null || scale <= 0) return 'A scale is a number above 0.';
    return zeroPoint === null || !Number.isInteger(zeroPoint) ? 'A zero point is a whole number.' : null;
  }
  return null;
}
