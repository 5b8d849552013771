import { BOX, type Laid } from './layout.ts';
import type { Link, Visible } from './visible.ts';

export type Direction = 'down' | 'up' | 'left' | 'right';

/** Where an arrow key leads from a box: down and up along its edges, to the nearest where there are several; left and right to its neighbour in the same layer. */
export function step(from: number, direction: Direction, { links, boxes }: Pick<Visible, 'links' | 'boxes'>, laid: Laid): number {
  const x = (box: number): number => laid.corners[2 * box] ?? 0;
  const y = (box: number): number => laid.corners[2 * box + 1] ?? 0;
  const nearest = (candidates: readonly number[], distance: (box: number) => number): number =>
    candidates.reduce((best, box) => (best < 0 || distance(box) < distance(best) ? box : best), -1);
  if (direction === 'down' || direction === 'up') {
    const along = links.flatMap((link: Link) => {
      if (direction === 'down') return link.from === from ? [link.to] : [];
      return link.to === from ? [link.from] : [];
    });
    // The nearest layer first: a long skip edge would lead past what lies between.
    const found = nearest(along, (box) => Math.abs(y(box) - y(from)) + Math.abs(x(box) - x(from)) * 0.01);
    return found < 0 ? from : found;
  }
  const sign = direction === 'left' ? -1 : 1;
  const beside = boxes.map((_, i) => i).filter((box) => sign * (x(box) - x(from)) > 0 && Math.abs(y(box) - y(from)) < BOX.height);
  const found = nearest(beside, (box) => Math.abs(x(box) - x(from)));
  return found < 0 ? from : found;
}
