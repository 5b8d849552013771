/** One thing that the palette can find. */
export interface PaletteItem {
  id: string;
  /** What it is: "command", "node", "tensor", "run", "project". */
  kind: string;
  title: string;
  /** Right of the title: the operator, the date, the key. */
  note?: string;
  run: () => void | Promise<void>;
}

/**
 * Items that contain every word of the query, the best first: exact title, title that begins with it, word that begins with it, anything else.
 * Shorter titles win among equals; `limit` keeps the list drawable.
 */
export function findItems(items: readonly PaletteItem[], query: string, limit = 60): PaletteItem[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return items.slice(0, limit);
  const whole = words.join(' ');
  const ranked: { item: PaletteItem; rank: number }[] = [];
  for (const item of items) {
    const title = item.title.toLowerCase();
    const text = `${title} ${item.kind} ${item.note?.toLowerCase() ?? ''}`;
    if (!words.every((word) => text.includes(word))) continue;
    ranked.push({ item, rank: rankOf(title, whole) });
  }
  ranked.sort((a, b) => a.rank - b.rank || a.item.title.length - b.item.title.length);
  return ranked.slice(0, limit).map((entry) => entry.item);
}

function rankOf(title: string, query: string): number {
  if (title === query) return 0;
  if (title.startsWith(query)) return 1;
  const at = title.indexOf(query);
  if (at < 0) return 4;
  return /[\s./_-]/.test(title[at - 1] ?? '') ? 2 : 3;
}
