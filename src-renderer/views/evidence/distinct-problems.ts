import type { Problem } from '../../../src-main/contract/model.ts';

/** Each problem once, where it was said first. */
export function distinctProblems(problems: readonly Problem[]): Problem[] {
  const byContent = new Map<string, Problem>();
  for (const problem of problems) {
    const { code, message, node, tensor } = problem;
    const key = JSON.stringify([code, message, node, tensor]);
    if (!byContent.has(key)) byContent.set(key, problem);
  }
  return [...byContent.values()];
}
