import { CalibrantError } from '../../contract/errors.ts';
import type { Dim, TensorInfo } from '../../contract/model.ts';
import type { Preprocess } from '../../contract/preprocess.ts';

/** A model's input, read as one for images. Sizes that the model leaves open are null. */
export interface ImageInput {
  layout: Preprocess['layout'];
  channels: 1 | 3;
  width: number | null;
  height: number | null;
}

/**
 * Reads rank-4 inputs with 1 or 3 channels in second or last place; NCHW where both would fit. Throws `model-input-not-image`.
 */
export function readImageInput(input: TensorInfo): ImageInput {
  const shape = input.shape;
  if (!shape || shape.length !== 4) {
    throw notImage(input, `has ${shape ? `rank ${shape.length}` : 'no known rank'}, and images need rank 4 (NCHW or NHWC)`);
  }
  const layout = isChannels(shape[1]) ? 'NCHW' : isChannels(shape[3]) ? 'NHWC' : null;
  if (!layout) throw notImage(input, `of shape ${formatShape(shape)} has neither 1 nor 3 channels in second or last place`);
  const [channels, height, width] = layout === 'NCHW' ? [shape[1], shape[2], shape[3]] : [shape[3], shape[1], shape[2]];
  return { layout, channels: channels as 1 | 3, width: known(width), height: known(height) };
}

/**
 * The likely preprocessing for images when nobody said: the model's size, layout and channels, and pixel/255. Null when the input is not for images or
 * leaves its size open. It is a guess: mean and std cannot be seen in a model.
 */
export function guessPreprocess(input: TensorInfo): Preprocess | null {
  let image: ImageInput;
  try {
    image = readImageInput(input);
  } catch {
    return null;
  }
  const { width, height, layout, channels } = image;
  const type = input.type === 'uint8' || input.type === 'int8' ? input.type : 'float32';
  if (width === null || height === null) return null;
  return {
    resize: width === height ? { shortSide: width, filter: 'bilinear' } : { width, height, filter: 'bilinear' },
    ...(width === height ? { centerCrop: [width, height] } : {}),
    color: channels === 1 ? 'gray' : 'RGB',
    layout,
    scale: type === 'float32' ? 1 / 255 : 1,
    mean: [type === 'int8' ? 128 : 0],
    std: [1],
    type,
    labelOffset: 0,
  };
}

export function formatShape(shape: readonly Dim[]): string {
  return `[${shape.map((dim) => dim ?? '?').join(', ')}]`;
}

function isChannels(dim: Dim | undefined): boolean {
  return dim === 1 || dim === 3;
}

function known(dim: Dim | undefined): number | null {
  return typeof dim === 'number' && dim > 0 ? dim : null;
}

function notImage(input: TensorInfo, reason: string): CalibrantError {
  return new CalibrantError('model-input-not-image', `The model's input "${input.name}" ${reason}; give .npy or features.json data instead of images.`);
}
