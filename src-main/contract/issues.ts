import * as v from 'valibot';

/** What is wrong with a file that somebody wrote by hand, in words that know the file and not our schema: `"std" must not contain 0`. */
export function issueText(issue: v.BaseIssue<unknown>): string {
  const path = v.getDotPath(issue);
  const field = path === null ? 'the whole' : `"${path}"`;
  if (issue.type === 'strict_object' && path !== null) return issue.expected === 'never' ? `there is no field ${field}` : `the field ${field} is missing`;
  if (issue.type === 'picklist')
    return `${field} is ${JSON.stringify(issue.input)}, and can be ${(issue.expected ?? '').replace(/[()]/g, '').replaceAll(' | ', ', ')}`;
  if (issue.type === 'min_length' || issue.type === 'max_length') return `${field} has the length ${issue.received}, and must have ${issue.expected}`;
  const ours = !issue.message.startsWith('Invalid ');
  if (ours) return `${field} ${issue.message}`;
  if (issue.expected === null) return `${field} is ${JSON.stringify(issue.input)}, which is no ${issue.type}`;
  return `${field} must be ${issue.expected.replace('Array', 'a list').replace('Object', 'an object')}, not ${issue.received}`;
}
