import { describe, expect, it } from 'vitest';
import { findItems, type PaletteItem } from '../../../src-renderer/components/palette.ts';

const item = (kind: string, title: string, note = ''): PaletteItem => ({ id: `${kind}:${title}`, kind, title, note, run: () => undefined });
const items = [
  item('command', 'Go to Model', 'G M'),
  item('node', '/features.1/conv.1/0/Conv', 'Conv'),
  item('node', '/features.12/conv.1/0/Conv', 'Conv'),
  item('node', '/classifier/Gemm', 'Gemm'),
  item('tensor', '/classifier/Gemm_output_0', 'Gemm'),
  item('run', 'gemm in float', 'today 9:00'),
];
const titles = (query: string): string[] => findItems(items, query).map((found) => found.title);

describe('the palette', () => {
  it('shows the first items for an empty query', () => {
    expect(findItems(items, '  ', 2)).toEqual(items.slice(0, 2));
  });

  it('wants every word, in title, kind or note', () => {
    expect(titles('conv features.12')).toEqual(['/features.12/conv.1/0/Conv']);
    expect(titles('tensor gemm')).toEqual(['/classifier/Gemm_output_0']);
    expect(titles('nothing like it')).toEqual([]);
  });

  it('puts the beginning of a title before the beginning of a word, and the shorter before the longer', () => {
    expect(titles('gemm')).toEqual(['gemm in float', '/classifier/Gemm', '/classifier/Gemm_output_0']);
    expect(titles('/features.1')).toEqual(['/features.1/conv.1/0/Conv', '/features.12/conv.1/0/Conv']);
  });
});
