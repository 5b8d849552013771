import type { ElementType, Tensor } from '../../../src-main/core/onnx/graph.ts';

/** Constants of which only the size counts. */
export function rawTensor(name: string, type: ElementType, bytes: number): Tensor {
  return { name, type, dims: [bytes], bytes: new Uint8Array(bytes) };
}

export function floatTensor(name: string, elements: number): Tensor {
  return { name, type: 'float32', dims: [elements], bytes: new Uint8Array(4 * elements) };
}
