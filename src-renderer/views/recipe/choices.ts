import type { Recipe } from '../../../src-main/contract/recipe.ts';
import { CODES_WORDS, FORMAT_WORDS, GRANULARITY_WORDS, RANGE_WORDS, typeWord } from '../../components/recipe.ts';

export interface Choice<Value> {
  value: Value;
  word: string;
  note: string;
}
type Choices<K extends keyof Recipe> = readonly Choice<Recipe[K]>[];

export const FORMAT: Choices<'format'> = [
  { value: 'qdq', word: FORMAT_WORDS.qdq, note: 'QuantizeLinear and DequantizeLinear pairs mark what runs in integers: what most runtimes and compilers read.' },
  { value: 'qoperator', word: FORMAT_WORDS.qoperator, note: 'Integer operators such as QLinearConv in their place: for runtimes that do not fuse QDQ.' },
  { value: 'dynamic', word: FORMAT_WORDS.dynamic, note: 'The model finds the range of each activation while it runs. Needs no images; slower than fixed ranges.' },
  { value: 'weight-only', word: FORMAT_WORDS['weight-only'], note: 'Only the file shrinks: weights become float again before they are used.' },
  { value: 'float16', word: FORMAT_WORDS.float16, note: '16-bit floating point: half the size, no integers.' },
]; // prettier-ignore

export const WEIGHTS: Choices<'weights'> = [
  { value: 'int8', word: typeWord('int8'), note: 'Signed, centred on zero: what integer kernels and most devices want.' },
  { value: 'uint8', word: typeWord('uint8'), note: 'Unsigned with a zero point: for runtimes that only take unsigned weights.' },
  { value: 'int16', word: typeWord('int16'), note: 'Next to exact, twice the room; few kernels take it.' },
  { value: 'int4', word: typeWord('int4'), note: 'An eighth of the float size. Small models suffer; blocks help.' },
  { value: 'uint4', word: typeWord('uint4'), note: 'An eighth of the float size, with a zero point.' },
  { value: 'float16', word: typeWord('float16'), note: 'Half the float size, next to no loss.' },
];

export type Sharing = Recipe['granularity'] | 'blocks';
export const SHARING: readonly Choice<Sharing>[] = [
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
  { value: 'blocks', word: 'in blocks', note: 'Several scales along the input of each channel of a matrix, for 4-bit weights above all. Needs opset 21.' },
];
/** Where blocks are chosen without a size. */
export const USUAL_BLOCK = 32;

export const ACTIVATIONS: Choices<'activations'> = [
  { value: 'uint8', word: typeWord('uint8'), note: 'Codes 0 … 255. The fast choice of ONNX Runtime on x86 CPUs.' },
  { value: 'int8', word: typeWord('int8'), note: 'Codes −128 … 127: what ARM CPUs, TFLite and TensorRT use.' },
  { value: 'uint16', word: typeWord('uint16'), note: 'Loses next to nothing. Some NPUs have kernels for it; CPUs compute in float between the codes.' },
  { value: 'int16', word: typeWord('int16'), note: 'The same for devices that want signed codes, such as TFLite’s 16×8 mode.' },
];

export const RANGE: Choices<'range'> = [
  {
    value: 'mse',
    word: RANGE_WORDS.mse,
    note: 'The range whose clipping and rounding together cost the least squared error on what was seen. Outliers are clipped when that pays.',
  },
  { value: 'minmax', word: RANGE_WORDS.minmax, note: 'From the smallest to the largest value seen. Nothing is clipped; outliers make the steps coarse.' },
  { value: 'moving-average', word: RANGE_WORDS['moving-average'], note: 'Averages the ends image by image, so that one odd image does not decide.' },
  { value: 'percentile', word: RANGE_WORDS.percentile, note: 'Keeps a given share of the values and clips the outermost rest.' },
  { value: 'entropy', word: RANGE_WORDS.entropy, note: 'Keeps the most information of the distribution; clips long tails.' },
  { value: 'octav', word: RANGE_WORDS.octav, note: 'A quick way to nearly the least squared error.' },
];

export const CODES: Choices<'weightCodes'> = [
  { value: 'restricted', word: CODES_WORDS.restricted, note: 'Leaves out the lowest code (−127 … 127), so that zero is in the middle: what devices expect.' },
  { value: 'full', word: CODES_WORDS.full, note: 'All codes of the type, one more than the restricted range.' },
  { value: 'reduced', word: CODES_WORDS.reduced, note: '7 of 8 bits, for x86 processors without VNNI.' },
];
