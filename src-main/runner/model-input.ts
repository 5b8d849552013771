import { CalibrantError } from '../contract/errors.ts';
import type { Dim, Problem, TensorInfo } from '../contract/model.ts';
import type { Preprocess } from '../contract/preprocess.ts';
import { fixedSize, type Size } from '../core/data/geometry.ts';
import { formatShape, guessPreprocess, readImageInput } from '../core/data/image-input.ts';
import { createNormalizer, tensorShape, type InputArray, type InputType } from '../core/data/normalize.ts';
import { samplesOf, type Samples } from './data/samples.ts';
import type { Data } from './data/read-index.ts';
import { decodeUpright } from './images/decode.ts';
import { note } from './problems.ts';

/** The model's one input, joined to the data that feed it. */
export interface ModelInput {
  name: string;
  type: InputType;
  /** With a batch of 1. */
  shape: number[];
  /** In force; null for feature data, which go in as they are. */
  preprocess: Preprocess | null;
  /** Added to a label before it is compared with the output's index. */
  labelOffset: number;
  notes: Problem[];
  /**
   * Writes one sample into `into`; returns the size that its upright image had, null for feature data. Throws a CalibrantError when this sample cannot be
   * used.
   */
  fill(position: number, into: InputArray): Promise<Size | null>;
}

/**
 * Checks that the data fit the model's input. Throws `model-input-not-image`, `model-dynamic-shape`, `model-unsupported-type`, `preprocess-mismatch`
 * and `preprocess-invalid`.
 */
export function joinInput(inputs: readonly TensorInfo[], data: Data, given: Preprocess | undefined): ModelInput {
  const [input] = inputs;
  if (!input || inputs.length > 1) {
    throw new CalibrantError(
      'model-input-not-image',
      `The model has ${inputs.length} inputs (${inputs.map((each) => each.name).join(', ')}); only models with one input are supported so far.`,
    );
  }
  const batch = input.shape?.[0];
  if (typeof batch === 'number' && batch !== 1) {
    throw new CalibrantError('preprocess-mismatch', `The model takes ${batch} samples at a time; export it with a batch of 1 or a dynamic batch.`);
  }
  const samples = samplesOf(data);
  return samples.content === 'images' ? joinImages(input, data.index, samples, given) : joinFeatures(input, samples);
}

function joinImages(input: TensorInfo, index: Data['index'], samples: Extract<Samples, { content: 'images' }>, given: Preprocess | undefined): ModelInput {
  const image = readImageInput(input);
  const stated = given ?? index.preprocess;
  const preprocess = stated ?? guessPreprocess(input);
  const size = (preprocess && fixedSize(preprocess)) ?? (image.width !== null && image.height !== null ? { width: image.width, height: image.height } : null);
  if (!preprocess || !size) {
    throw new CalibrantError(
      'model-dynamic-shape',
      `The model's input "${input.name}" ${formatShape(input.shape ?? [])} leaves its size open, and nothing fixes it; give a preprocessing with "resize" or "centerCrop".`,
    );
  }
  const shape = tensorShape(preprocess, size);
  if (preprocess.layout !== image.layout && !fits(input.shape, shape)) {
    throw mismatch(
      `it writes ${preprocess.layout} ${formatShape(shape)}, and the model's input "${input.name}" is ${image.layout} ${formatShape(input.shape ?? [])}; set "layout": "${image.layout}"`,
    );
  }
  if (!fits(input.shape, shape)) {
    throw mismatch(
      `it makes ${formatShape(shape)}, and the model's input "${input.name}" is ${formatShape(input.shape ?? [])}; correct its ${sizeOrColor(input, shape)}`,
    );
  }
  if (input.type !== preprocess.type) {
    if (input.type !== 'float32' && input.type !== 'uint8' && input.type !== 'int8') throw unsupportedType(input);
    throw mismatch(`it makes ${preprocess.type}, and the model's input "${input.name}" takes ${input.type}; set "type": "${input.type}"`);
  }
  const normalize = createNormalizer(preprocess);
  return {
    name: input.name,
    type: preprocess.type,
    shape,
    preprocess,
    labelOffset: preprocess.labelOffset,
    notes: stated ? [] : [guessed(preprocess, size)],
    fill: async (position, into) => {
      const { pixels, image: upright } = await decodeUpright(await samples.image(position), preprocess);
      if (pixels.width !== size.width || pixels.height !== size.height) {
        throw mismatch(`the image comes out as ${pixels.width}×${pixels.height}, and the model needs ${size.width}×${size.height}; add "resize"`);
      }
      normalize(pixels, into);
      return upright;
    },
  };
}

function joinFeatures(input: TensorInfo, samples: Extract<Samples, { content: 'features' }>): ModelInput {
  const wanted = input.shape?.slice(1) ?? [];
  const dims = samples.shape.filter((dim) => dim !== 1);
  const wantedDims = wanted.filter((dim) => dim !== 1);
  const matches =
    input.shape !== null && dims.length === wantedDims.length && dims.every((dim, i) => typeof wantedDims[i] !== 'number' || wantedDims[i] === dim);
  if (!matches) {
    throw new CalibrantError(
      'preprocess-mismatch',
      `The samples have the shape ${formatShape(samples.shape)}, and the model's input "${input.name}" is ${formatShape(input.shape ?? [])}; give data of that shape.`,
    );
  }
  if (input.type !== 'float32' && input.type !== samples.type) throw unsupportedType(input);
  let next = 0;
  return {
    name: input.name,
    type: input.type as InputType,
    shape: [1, ...wanted.map((dim) => (dim === 1 ? 1 : (dims[next++] as number)))],
    preprocess: null,
    labelOffset: 0,
    notes: [],
    fill: async (position, into) => {
      await samples.features(position, into);
      return null;
    },
  };
}

/** Width and height of what goes in; null where the input is no image. */
export function inputSize({ shape, preprocess }: Pick<ModelInput, 'shape' | 'preprocess'>): Size | null {
  const [, a = 0, b = 0, c = 0] = shape;
  if (shape.length !== 4) return null;
  const interleaved = preprocess ? preprocess.layout === 'NHWC' : a !== 1 && a !== 3;
  return interleaved ? { width: b, height: a } : { width: c, height: b };
}

function fits(dims: readonly Dim[] | null, shape: readonly number[]): boolean {
  return dims !== null && dims.length === shape.length && shape.every((value, i) => typeof dims[i] !== 'number' || dims[i] === value);
}

function sizeOrColor({ shape: wanted }: TensorInfo, shape: readonly number[]): string {
  const channels = (dims: readonly Dim[]) => [dims[1], dims[3]].filter((dim) => dim === 1 || dim === 3)[0];
  return wanted !== null && channels(wanted) === channels(shape) ? '"resize" or "centerCrop"' : '"color"';
}

function mismatch(reason: string): CalibrantError {
  return new CalibrantError('preprocess-mismatch', `The preprocessing does not fit the model: ${reason}.`);
}

function unsupportedType(input: TensorInfo): CalibrantError {
  return new CalibrantError(
    'model-unsupported-type',
    `The model's input "${input.name}" is of type ${input.type}; only float32, uint8 and int8 inputs can be fed yet.`,
  );
}

function guessed({ color, layout }: Preprocess, { width, height }: Size): Problem {
  return note(
    'preprocess-guessed',
    `No preprocessing was given: images are resized to ${width}×${height}, ${color}, ${layout}, pixel/255 without mean and std. Check it against how the model was trained.`,
  );
}
