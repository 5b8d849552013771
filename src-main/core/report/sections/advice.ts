import type { Advice } from '../../../contract/evidence.ts';
import type { RunDetail } from '../../../contract/projects.ts';
import type { Section } from '../document.ts';
import { signed } from '../words.ts';

/** What to do, in order of expected gain, and what came of it where it was tried. */
export function adviceSection({ advice = [] }: RunDetail): Section | null {
  if (advice.length === 0) return null;
  return { title: 'What to do', blocks: [{ kind: 'list', items: advice.map(sentence) }] };
}

function sentence({ title, seen, why, source, change, forbidden, gain, effect }: Advice): string {
  const tried = effect?.delta == null ? '' : ` Tried in “${effect.name}”: ${signed(effect.delta, ' points')} on ${effect.images ?? 0} images.`;
  const remedy = change ? ` ${change}.` : forbidden ? ` ${forbidden}` : '';
  return `${title} (expected gain: ${gain}). ${seen} ${why} [${source}]${remedy}${tried}`;
}
