/** Names that somebody may have meant, nearest first: by the number of characters to change, or since one contains the other. */
export function nearestNames(wanted: string, names: Iterable<string>, count = 3): string[] {
  const word = wanted.toLowerCase();
  const limit = Math.max(2, Math.ceil(word.length / 3));
  const scored = [...names].flatMap((name) => {
    const other = name.toLowerCase();
    const contained = other.includes(word) || word.includes(other);
    // Distances of far longer names are not worth their time.
    const distance = contained ? 0 : Math.abs(other.length - word.length) > limit ? Infinity : editDistance(word, other);
    return distance <= limit ? [{ name, distance }] : [];
  });
  return scored
    .sort((a, b) => a.distance - b.distance || Math.abs(a.name.length - wanted.length) - Math.abs(b.name.length - wanted.length))
    .slice(0, count)
    .map(({ name }) => name);
}

/** Levenshtein's distance. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (previous[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row[j] = Math.min((previous[j] as number) + 1, (row[j - 1] as number) + 1, replaced);
    }
    previous = row;
  }
  return previous[b.length] as number;
}

/** The end of a sentence that names what may have been meant; empty when nothing is near. */
export function didYouMean(wanted: string, names: Iterable<string>): string {
  const near = nearestNames(wanted, names);
  return near.length === 0 ? '' : ` Near to it: ${near.join(', ')}.`;
}
