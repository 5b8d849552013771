import { describe, expect, it } from 'vitest';
import { parseSelection, sameSelection, withSelection } from '../../../src-renderer/stores/selection-query.ts';

describe('the selection in the address', () => {
  it('reads a node or a tensor, the tensor first, and nothing from anything else', () => {
    expect(parseSelection({ node: '/a/Conv' })).toEqual({ kind: 'node', name: '/a/Conv' });
    expect(parseSelection({ node: '/a/Conv', tensor: 'x' })).toEqual({ kind: 'tensor', name: 'x' });
    expect(parseSelection({ tensor: ['x', 'y'] })).toEqual({ kind: 'tensor', name: 'x' });
    for (const query of [{}, { node: '' }, { node: null }, { tensor: [] }, { other: 'x' }]) expect(parseSelection(query)).toBeNull();
  });

  it('replaces one selection by another and leaves the rest alone', () => {
    expect(withSelection({ tab: 'layers', node: 'a' }, { kind: 'tensor', name: 'b' })).toEqual({ tab: 'layers', tensor: 'b' });
    expect(withSelection({ tab: 'layers', node: 'a' }, null)).toEqual({ tab: 'layers' });
  });

  it('comes back as it was, whatever is in a name', () => {
    for (const name of ['/features.1/conv.1/0/Conv', 'a b', 'ä&=?#', '100%']) {
      const selection = { kind: 'tensor', name } as const;
      const address = new URLSearchParams(withSelection({}, selection) as Record<string, string>).toString();
      expect(sameSelection(parseSelection(Object.fromEntries(new URLSearchParams(address))), selection)).toBe(true);
    }
  });
});
