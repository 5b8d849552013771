import type { Decoder } from '../../contract/task.ts';
import type { Size } from '../data/geometry.ts';
import type { Detection } from './box.ts';
import { decodeDetections } from './detections.ts';
import { pickOutput, type Output } from './output.ts';
import { decodeSsd } from './ssd.ts';
import { suppress } from './suppress.ts';
import { decodeYolox } from './yolox.ts';
import { decodeYolov5, decodeYolov8 } from './yolo-rows.ts';

export interface DetectionRules {
  decoder: Decoder;
  /** Boxes with a lower score are left out. */
  minScore: number;
  /** IoU above which the weaker of two boxes of one class goes. */
  maxOverlap: number;
}

/**
 * What a detector says of one image, surest first, in pixels of its input. Models that suppress by themselves are not suppressed again.
 * Throws `model-mismatch` when the outputs are not what the decoder needs.
 */
export function detect(outputs: readonly Output[], { decoder, minScore, maxOverlap }: DetectionRules, input: Size): Detection[] {
  if (decoder.kind === 'detections') return decode(outputs, decoder, input, minScore).sort((a, b) => b.score - a.score);
  return suppress(decode(outputs, decoder, input, minScore), maxOverlap);
}

function decode(outputs: readonly Output[], decoder: Decoder, input: Size, minScore: number): Detection[] {
  const pick = (name: string | undefined): Output => pickOutput(outputs, name);
  switch (decoder.kind) {
    case 'yolox':
      return decodeYolox(pick(decoder.output), { ...decoder, input }, minScore);
    case 'yolov5':
      return decodeYolov5(pick(decoder.output), { ...decoder, input }, minScore);
    case 'yolov8':
      return decodeYolov8(pick(decoder.output), { ...decoder, input }, minScore);
    case 'ssd':
      return decodeSsd(pick(decoder.boxes), pick(decoder.scores), decoder, input, minScore);
    case 'detections': {
      const [boxes, classes, scores] = [pick(decoder.boxes), pick(decoder.classes), pick(decoder.scores)];
      return decodeDetections({ boxes, classes, scores, count: decoder.count === undefined ? null : pick(decoder.count) }, decoder, input, minScore);
    }
  }
}

/** The names of the outputs that a decoder reads. */
export function decoderOutputs(decoder: Decoder, outputs: readonly Pick<Output, 'name'>[]): string[] {
  if (decoder.kind === 'ssd') return [decoder.boxes, decoder.scores];
  if (decoder.kind === 'detections') return [decoder.boxes, decoder.classes, decoder.scores, ...(decoder.count === undefined ? [] : [decoder.count])];
  return [pickOutput(outputs, decoder.output).name];
}

/** How many classes a decoder tells apart in these outputs; null where the outputs do not say. */
export function decoderClasses(decoder: Decoder, outputs: readonly Pick<Output, 'name' | 'dims'>[]): number | null {
  const dims = pickOutput(outputs, decoderOutputs(decoder, outputs).at(decoder.kind === 'ssd' ? 1 : 0)).dims;
  const last = dims.at(-1) ?? 0;
  switch (decoder.kind) {
    case 'yolox':
    case 'yolov5':
      return last - 5;
    case 'yolov8':
      return Math.min(last, dims.at(-2) ?? 0) - 4;
    case 'ssd':
      return last - (decoder.background ? 1 : 0);
    case 'detections':
      return null;
  }
}
