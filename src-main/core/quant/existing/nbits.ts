import { intAttribute } from '../../onnx/attributes.ts';
import type { Node, Tensor } from '../../onnx/graph.ts';
import { floatsOf, floatTensor } from '../../onnx/tensor.ts';

/**
 * Weights of a MatMulNBits as the matrix [K, N] that MatMul takes. The codes are packed [N, blocks of K, bytes], low bits first; a zero point that is left
 * out is the middle of the codes (reference: the operator's documentation in ONNX Runtime 1.30).
 * @returns null for forms that are not known: other widths than 4 and 8 bits, reordered rows
 */
export function decodeNBits(node: Node, name: string, constant: (name: string | undefined) => Tensor | undefined): Tensor | null {
  const [K, N, bits, blockSize] = ['K', 'N', 'bits', 'block_size'].map((key) => intAttribute(node, key, key === 'bits' ? 4 : 0)) as [
    number,
    number,
    number,
    number,
  ];
  const [packed, scale, zeroPoint] = [constant(node.inputs[1]), constant(node.inputs[2]), constant(node.inputs[3])];
  if (!packed || !scale || (node.inputs[3] && !zeroPoint) || node.inputs[4] || (bits !== 4 && bits !== 8) || blockSize <= 0) return null;
  const blocks = Math.ceil(K / blockSize);
  const scales = floatsOf(scale);
  const floatZeros = zeroPoint && zeroPoint.type !== 'uint8' ? floatsOf(zeroPoint) : null;
  const code = (bytes: Uint8Array, row: number, rowBytes: number, i: number): number =>
    bits === 8 ? (bytes[row * rowBytes + i] as number) : ((bytes[row * rowBytes + (i >> 1)] as number) >> ((i & 1) * 4)) & 15;
  const values = new Float32Array(K * N);
  for (let n = 0; n < N; n++) {
    for (let k = 0; k < K; k++) {
      const block = Math.floor(k / blockSize);
      const zero = floatZeros
        ? (floatZeros[n * blocks + block] as number)
        : zeroPoint
          ? code(zeroPoint.bytes, n, Math.ceil((blocks * bits) / 8), block)
          : 2 ** (bits - 1);
      const value = code(packed.bytes, n * blocks + block, (blockSize * bits) / 8, k % blockSize) - zero;
      values[k * N + n] = value * (scales[n * blocks + block] as number);
    }
  }
  return floatTensor(name, [K, N], values);
}
