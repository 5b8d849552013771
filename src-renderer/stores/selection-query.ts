/** What is selected, in every view at once. */
export type Selection = { kind: 'node' | 'tensor'; name: string };

/** The part of a vue-router query that matters here: a value, several, or a bare key. */
type Query = Record<string, string | null | (string | null)[] | undefined>;

/** `?node=` or `?tensor=`; with both, the tensor wins, since it is the more exact of the two. */
export function parseSelection(query: Query): Selection | null {
  for (const kind of ['tensor', 'node'] as const) {
    const value = query[kind];
    const name = Array.isArray(value) ? value[0] : value;
    if (name) return { kind, name };
  }
  return null;
}

/** The same query with another selection; everything else in it stays. */
export function withSelection(query: Query, selection: Selection | null): Query {
  const rest = Object.fromEntries(Object.entries(query).filter(([key]) => key !== 'node' && key !== 'tensor'));
  return selection ? { ...rest, [selection.kind]: selection.name } : rest;
}

export function sameSelection(a: Selection | null, b: Selection | null): boolean {
  return a?.kind === b?.kind && a?.name === b?.name;
}
