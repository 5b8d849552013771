import { Tensor } from 'onnxruntime-node';
import type { ElementType, TensorInfo } from '../../contract/model.ts';
import { elementCount } from '../../core/onnx/tensor.ts';
import { openSession } from '../session.ts';

const ARRAYS: Partial<Record<ElementType, new (length: number) => Float32Array | Uint8Array | Int8Array | Uint16Array | Int16Array>> = {
  float32: Float32Array,
  uint8: Uint8Array,
  int8: Int8Array,
  uint16: Uint16Array,
  int16: Int16Array,
};

/**
 * Loads a quantized model in ONNX Runtime and runs it once on zeros, where its one input tells its shape: some kernels look at their scales only then.
 * Throws `model-refused-by-runtime`.
 */
export async function verifyModel(path: string): Promise<void> {
  const session = await openSession(path, 'the quantized model');
  try {
    const [input, ...more] = session.inputs;
    const sample = input && more.length === 0 ? zeros(input) : null;
    if (sample) await session.run(sample);
  } finally {
    await session.close();
  }
}

/** null for types that cannot be made here, and for open dimensions other than the batch. */
function zeros({ type, shape }: TensorInfo): Tensor | null {
  const make = ARRAYS[type];
  const dims = shape?.map((dim, i) => (i === 0 && typeof dim !== 'number' ? 1 : dim)) ?? null;
  if (!make || !dims?.every((dim) => typeof dim === 'number')) return null;
  return new Tensor(type as 'float32', new make(elementCount(dims)) as Float32Array, dims);
}
