import type { Recipe } from '../../../src-main/contract/recipe.ts';
import { GRANULARITY_WORDS, RANGE_WORDS } from '../../components/recipe.ts';

type Choices<K extends keyof Recipe> = readonly { value: Recipe[K]; word: string; note: string }[];

export const WEIGHTS: Choices<'weights'> = [
  { value: 'int8', word: 'INT8', note: 'Signed, centred on zero: what integer kernels and most devices want.' },
  { value: 'uint8', word: 'UINT8', note: 'Unsigned with a zero point: for runtimes that only take unsigned weights.' },
];

export const GRANULARITY: Choices<'granularity'> = [
  {
    value: 'per-channel',
    word: GRANULARITY_WORDS['per-channel'],
    note: 'A scale for every output channel. Needed by depthwise convolutions; costs nothing at run time.',
  },
  {
    value: 'per-tensor',
    word: GRANULARITY_WORDS['per-tensor'],
    note: 'One scale for the whole weight: for devices that know nothing else. Collapses where channel ranges differ much.',
  },
];

export const ACTIVATIONS: Choices<'activations'> = [
  { value: 'uint8', word: 'UINT8', note: 'Codes 0 … 255. The fast choice of ONNX Runtime on x86 CPUs without VNNI.' },
  { value: 'int8', word: 'INT8', note: 'Codes −128 … 127: what ARM CPUs, TFLite and TensorRT use.' },
];

export const RANGE: Choices<'range'> = [
  {
    value: 'mse',
    word: RANGE_WORDS.mse,
    note: 'The range whose clipping and rounding together cost the least squared error on what was seen. Outliers are clipped when that pays.',
  },
  { value: 'minmax', word: RANGE_WORDS.minmax, note: 'From the smallest to the largest value seen. Nothing is clipped; outliers make the steps coarse.' },
];
