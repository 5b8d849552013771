import type { Preprocess, Resize } from '../../contract/preprocess.ts';
import { fixedSize } from './geometry.ts';

/** One thing that is often wrong about a preprocessing, set right. */
export interface Variant {
  /** Changes of one kind exclude each other. */
  kind: 'colour' | 'values' | 'geometry';
  /** "BGR instead of RGB". */
  change: string;
  apply(preprocess: Preprocess): Preprocess;
}

/** Values of an input as models are trained, in the order red, green, blue. */
interface Values {
  name: string;
  scale: number;
  mean: [number, number, number];
  std: [number, number, number];
  /** Caffe's models have the order of OpenCV. */
  color?: 'BGR';
}

const COLOUR_VALUES: readonly Values[] = [
  { name: 'pixels in 0…1', scale: 1 / 255, mean: [0, 0, 0], std: [1, 1, 1] },
  { name: 'ImageNet’s mean and std', scale: 1 / 255, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
  { name: 'pixels in −1…1', scale: 1 / 255, mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] },
  { name: 'pixels in 0…255', scale: 1, mean: [0, 0, 0], std: [1, 1, 1] },
  { name: 'Caffe’s mean in BGR, pixels in 0…255', scale: 1, mean: [123.68, 116.779, 103.939], std: [1, 1, 1], color: 'BGR' },
];

const GRAY_VALUES: readonly Values[] = [
  ...COLOUR_VALUES.filter(({ mean, color }) => !color && new Set(mean).size === 1),
  { name: 'MNIST’s mean and std', scale: 1 / 255, mean: [0.1307, 0.1307, 0.1307], std: [0.3081, 0.3081, 0.3081] },
];

/**
 * The common variants of a preprocessing that differ from it in one respect, the likeliest first.
 * @param geometry other crops too: they cost some points, and never make a correct model guess
 */
export function variantsOf(given: Preprocess, geometry: boolean): Variant[] {
  return [...colourVariants(given), ...valueVariants(given), ...(geometry ? geometryVariants(given) : [])];
}

function colourVariants({ color }: Preprocess): Variant[] {
  if (color === 'gray') return [];
  const other = color === 'RGB' ? 'BGR' : 'RGB';
  return [{ kind: 'colour', change: `${other} instead of ${color}`, apply: swapped }];
}

/** Mean and std are of the channels, so they move along. */
function swapped(preprocess: Preprocess): Preprocess {
  const turn = (values: number[]): number[] => (values.length === 3 ? [...values].reverse() : values);
  return { ...preprocess, color: preprocess.color === 'RGB' ? 'BGR' : 'RGB', mean: turn(preprocess.mean), std: turn(preprocess.std) };
}

function valueVariants(given: Preprocess): Variant[] {
  // What an integer input takes is the pixel, shifted or not.
  if (given.type !== 'float32') return [];
  const choices = given.color === 'gray' ? GRAY_VALUES : COLOUR_VALUES;
  const known = choices.find((values) => sameValues(withValues(given, values), given));
  const instead = known ? ` instead of ${known.name}` : '';
  const others = choices.filter((values) => values !== known).map((values): Variant => {
    return { kind: 'values', change: `${values.name}${instead}`, apply: (preprocess) => withValues(preprocess, values) };
  }); // prettier-ignore
  return given.color === 'gray' ? [...others, { kind: 'values', change: 'black and white exchanged', apply: inverted }] : others;
}

function withValues(preprocess: Preprocess, { scale, mean, std, color }: Values): Preprocess {
  const order = color ?? preprocess.color;
  const pick = (values: [number, number, number]): number[] => (order === 'gray' ? [values[0]] : order === 'BGR' ? [...values].reverse() : [...values]);
  return { ...preprocess, color: order, scale, mean: pick(mean), std: pick(std) };
}

/** 255 − pixel instead of the pixel. */
function inverted(preprocess: Preprocess): Preprocess {
  return { ...preprocess, scale: -preprocess.scale, mean: preprocess.mean.map((mean) => mean - 255 * preprocess.scale) };
}

/** Whether black and white become the same values. */
function sameValues(one: Preprocess, other: Preprocess): boolean {
  const ends = ({ scale, mean, std }: Preprocess): number[] =>
    [0, 1, 2].flatMap((channel) => [0, 255].map((pixel) => (pixel * scale - (mean[channel] ?? mean[0] ?? 0)) / (std[channel] ?? std[0] ?? 1)));
  const theirs = ends(other);
  return one.color === other.color && ends(one).every((value, i) => Math.abs(value - (theirs[i] as number)) <= 0.02 * Math.max(1, Math.abs(value)));
}

/** The share of the short side that most classifiers are evaluated on (torchvision: 224 of 256). */
const USUAL_CROP = 0.875;

function geometryVariants(given: Preprocess): Variant[] {
  const size = fixedSize(given);
  if (!size) return [];
  const { width, height } = size;
  const filter: Resize['filter'] = given.resize?.filter ?? 'bilinear';
  const replaced = (preprocess: Preprocess, geometry: Pick<Preprocess, 'resize' | 'centerCrop'>): Preprocess => {
    const { color, layout, scale, mean, std, type, labelOffset } = preprocess;
    return { ...geometry, color, layout, scale, mean, std, type, labelOffset };
  };
  const cropped = (fraction: number): Variant['apply'] => (preprocess) =>
    replaced(preprocess, { resize: { shortSide: Math.round(width / fraction), filter }, centerCrop: [width, height] }); // prettier-ignore
  const kept = keptShare(given, width);
  const isKept = (share: number | 'stretched'): boolean =>
    typeof share === 'number' && typeof kept === 'number' ? Math.abs(share - kept) < 0.01 : share === kept;
  const squares: Variant[] = [
    { kind: 'geometry', change: `the centre ${100 * USUAL_CROP} % of the short side`, apply: cropped(USUAL_CROP) },
    { kind: 'geometry', change: 'the whole short side, without a crop', apply: cropped(1) },
  ];
  const stretched: Variant = {
    kind: 'geometry',
    change: `the whole image stretched to ${width}×${height}`,
    apply: (preprocess) => replaced(preprocess, { resize: { width, height, filter } }),
  };
  return [
    ...(width === height ? squares.filter((_, i) => !isKept([USUAL_CROP, 1][i] as number)) : []),
    ...(isKept('stretched') ? [] : [stretched]),
  ]; // prettier-ignore
}

/** What of the short side is seen; null for geometry that no variant is like. */
function keptShare({ crop, resize, centerCrop }: Preprocess, width: number): number | 'stretched' | null {
  if (!resize) return null;
  if ('shortSide' in resize) return ((crop?.fraction ?? 1) * (centerCrop ? width : resize.shortSide)) / resize.shortSide;
  if ('fit' in resize) return null;
  return crop ? crop.fraction : 'stretched';
}
