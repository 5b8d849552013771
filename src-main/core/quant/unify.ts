import type { PlannedActivation } from './types.ts';

/**
 * Joins tensors that an operator wants to have the same parameters, with all that share theirs already: the first of them observes all that any of them
 * would have observed, and the others share its parameters. A range known beforehand gives way: its tensor is observed like the others.
 * @param groups each in the order of the graph
 */
export function unifyRanges(activations: readonly PlannedActivation[], groups: readonly (readonly string[])[]): PlannedActivation[] {
  if (groups.length === 0) return [...activations];
  const parent = new Map<string, string>();
  const root = (name: string): string => {
    let at = name;
    while (parent.has(at)) at = parent.get(at) as string;
    return at;
  };
  const join = (a: string, b: string): void => {
    const [first, second] = [root(a), root(b)];
    if (first !== second) parent.set(second, first);
  };
  for (const group of groups) for (const name of group.slice(1)) join(group[0] as string, name);
  for (const { name, range } of activations) if (range.from === 'shared') join(range.with, name);

  const unified = new Set(groups.flat().map(root));
  const members = Map.groupBy(
    activations.filter(({ name }) => unified.has(root(name))),
    ({ name }) => root(name),
  );
  return activations.map((activation): PlannedActivation => {
    const group = members.get(root(activation.name));
    if (!group) return activation;
    const owner = group[0] as PlannedActivation;
    if (owner !== activation) return { ...activation, range: { from: 'shared', with: owner.name } };
    const observe = group.flatMap(({ name, range }) => (range.from === 'observed' ? range.observe : range.from === 'shared' ? [] : [name]));
    return { ...activation, range: { from: 'observed', observe: [...new Set(observe)] } };
  });
}
