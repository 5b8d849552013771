import { intAttribute, stringAttribute } from '../attributes.ts';
import type { Dim, ElementType } from '../graph.ts';
import { broadcast, shapeAt, typeAt, type ShapeRule, type Site } from './site.ts';

/** NumPy's matmul: vectors gain an axis that the result loses again. */
function matmulShape(a: readonly Dim[] | null, b: readonly Dim[] | null): Dim[] | null {
  if (!a || !b || a.length === 0 || b.length === 0) return null;
  const left = a.length === 1 ? [1, ...a] : a;
  const right = b.length === 1 ? [...b, 1] : b;
  const batch = broadcast(left.slice(0, -2), right.slice(0, -2));
  if (!batch) return null;
  if (a.length > 1) batch.push(left.at(-2) as Dim);
  if (b.length > 1) batch.push(right.at(-1) as Dim);
  return batch;
}

const matmul =
  (a: number, b: number, type: (site: Site) => ElementType): ShapeRule =>
  (site) => [{ type: type(site), shape: matmulShape(shapeAt(site, a), shapeAt(site, b)) }];

const gemm =
  (a: number, b: number, type: (site: Site) => ElementType): ShapeRule =>
  (site) => {
    const left = shapeAt(site, a);
    const right = shapeAt(site, b);
    if (left?.length !== 2 || right?.length !== 2) return [{ type: type(site), shape: null }];
    const rows = left[intAttribute(site.node, 'transA', 0) ? 1 : 0] as Dim;
    const columns = right[intAttribute(site.node, 'transB', 0) ? 0 : 1] as Dim;
    return [{ type: type(site), shape: [rows, columns] }];
  };

const fusedMatmul: ShapeRule = (site) => {
  const swap = (shape: Dim[] | null, name: string): Dim[] | null =>
    shape && shape.length > 1 && intAttribute(site.node, name, 0) ? [...shape.slice(0, -2), shape.at(-1) as Dim, shape.at(-2) as Dim] : shape;
  return [{ type: typeAt(site, 0), shape: matmulShape(swap(shapeAt(site, 0), 'transA'), swap(shapeAt(site, 1), 'transB')) }];
};

/** Y [length, directions, batch, hidden], the last hidden state and, for LSTM, the last cell state. */
const recurrent: ShapeRule = (site) => {
  const shape = shapeAt(site, 0);
  const type = typeAt(site, 0);
  const hidden = intAttribute(site.node, 'hidden_size', 0) || null;
  const directions = stringAttribute(site.node, 'direction', 'forward') === 'bidirectional' ? 2 : 1;
  if (shape?.length !== 3) return [];
  const batchFirst = intAttribute(site.node, 'layout', 0) === 1;
  const [first, second] = shape as [Dim, Dim];
  const states: Dim[] = batchFirst ? [first, directions, hidden] : [directions, second, hidden];
  const all: Dim[] = batchFirst ? [first, second, directions, hidden] : [first, directions, second, hidden];
  return [{ type, shape: all }, ...(site.node.op === 'LSTM' ? [states, states] : [states]).map((state) => ({ type, shape: state }))];
};

/** One letter per axis; letters that the result does not name are summed over. With "..." nothing is said. */
const einsum: ShapeRule = (site) => {
  const type = typeAt(site, 0);
  const [terms = '', result] = stringAttribute(site.node, 'equation', '').replaceAll(' ', '').split('->');
  const sizes = new Map<string, Dim>();
  for (const [index, term] of terms.split(',').entries()) {
    const shape = shapeAt(site, index);
    if (shape?.length !== term.length || term.includes('.')) return [{ type, shape: null }];
    [...term].forEach((letter, axis) => {
      const dim = shape[axis] as Dim;
      const before = sizes.get(letter);
      sizes.set(letter, before === undefined || before === 1 || before === null ? dim : before);
    });
  }
  const once = [...sizes.keys()].filter((letter) => terms.indexOf(letter) === terms.lastIndexOf(letter)).sort();
  return [{ type, shape: [...(result ?? once)].map((letter) => sizes.get(letter) ?? null) }];
};

const float = (): ElementType => 'float32';

export const matrices: Record<string, ShapeRule> = {
  MatMul: matmul(0, 1, (site) => typeAt(site, 0)),
  MatMulInteger: matmul(0, 1, () => 'int32'),
  QLinearMatMul: matmul(0, 3, (site) => typeAt(site, 7)),
  Gemm: gemm(0, 1, (site) => typeAt(site, 0)),
  Einsum: einsum,
  RNN: recurrent,
  GRU: recurrent,
  LSTM: recurrent,
};

export const microsoftMatrices: Record<string, ShapeRule> = {
  // Without an output scale and zero point the result is float.
  QGemm: gemm(0, 3, (site) => (site.input(8) ? typeAt(site, 8) : 'float32')),
  FusedGemm: matrices['Gemm'] as ShapeRule,
  FusedMatMul: fusedMatmul,
  DynamicQuantizeMatMul: matmul(0, 1, float),
  MatMulIntegerToFloat: matmul(0, 1, float),
  MatMulNBits: (site) => {
    const shape = shapeAt(site, 0);
    const columns = intAttribute(site.node, 'N', 0) || null;
    return [{ type: typeAt(site, 0), shape: shape && [...shape.slice(0, -1), columns] }];
  },
};
