import { expect, it } from 'vitest';
import { wrap } from '../../../src-renderer/charts/png.ts';

const letters = (text: string): number => text.length;

it('breaks lines at spaces', () => expect(wrap('one two three four', 9, letters)).toEqual(['one two', 'three', 'four']));
it('breaks a hash that is longer than the line', () => expect(wrap('float 0123456789', 6, letters)).toEqual(['float', '012345', '6789']));
it('leaves what fits alone', () => expect(wrap('a b', 9, letters)).toEqual(['a b']));
