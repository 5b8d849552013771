import type { ImageDamage } from '../../../../src-main/contract/evidence.ts';

export const CHANGES = ['lost', 'gained', 'changed'] as const;
export type Change = ImageDamage['change'];

export const CHANGE_HINTS: Record<Change, string> = {
  lost: 'The float model is right and the quantized one is not.',
  gained: 'The quantized model is right and the float one is not.',
  changed: 'The two answer differently, and neither is more right than the other.',
  same: 'The two give the same answer, with other scores.',
};
