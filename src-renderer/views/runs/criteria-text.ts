import { NO_CRITERIA, type Criteria } from '../../../src-main/contract/criteria.ts';

/** Criteria as they are typed: the size in MB, an empty field for what is not asked for. */
export type CriteriaText = Record<keyof Criteria, string>;

const KEYS = Object.keys(NO_CRITERIA) as (keyof Criteria)[];
/** What one unit of a field stands for. */
const UNIT: Partial<Record<keyof Criteria, number>> = { maxBytes: 1e6 };

export function criteriaFields(criteria: Criteria): CriteriaText {
  return Object.fromEntries(KEYS.map((key) => [key, criteria[key] === null ? '' : String(criteria[key] / (UNIT[key] ?? 1))])) as CriteriaText;
}

/** The criteria, or what is wrong with which field. A comma is read as a decimal point. */
export function readCriteria(text: CriteriaText): { criteria: Criteria | null; issues: Partial<Record<keyof Criteria, string>> } {
  const issues: Partial<Record<keyof Criteria, string>> = {};
  const criteria = { ...NO_CRITERIA };
  for (const key of KEYS) {
    const typed = text[key].trim().replace(',', '.');
    if (typed === '') continue;
    const unit = UNIT[key];
    const value = unit === undefined ? Number(typed) : Math.round(Number(typed) * unit);
    if (!Number.isFinite(value) || value < 0) issues[key] = `“${text[key]}” is no number from 0 on.`;
    else criteria[key] = value;
  }
  return { criteria: Object.keys(issues).length > 0 ? null : criteria, issues };
}
