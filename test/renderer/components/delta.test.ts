import { expect, it } from 'vitest';
import { senseOf } from '../../../src-renderer/components/delta.ts';

it.each([
  ['+0.4', 0.4, 'up', 'up', 'better'],
  ['−0.4', -0.4, 'up', 'down', 'worse'],
  ['−72 %', -72, 'down', 'down', 'better'],
  ['+0.468 %', 0.468, 'down', 'up', 'worse'],
  ['(±0.0)', -0.04, 'up', 'none', 'same'],
  ['1.00×', 0, 'up', 'none', 'same'],
] as const)('%s is marked by its sign and coloured by its meaning', (text, value, better, sign, meaning) =>
  expect(senseOf(text, value, better)).toEqual({ sign, meaning }),
);
