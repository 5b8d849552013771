import { intAttribute, intsAttribute } from '../attributes.ts';
import type { Dim } from '../graph.ts';
import { sameAsInput } from './elementwise.ts';
import { product, shapeAt, typeAt, type Known, type ShapeRule } from './site.ts';

/** Attention, its embeddings and the normalizations around it, as ai.onnx and ONNX Runtime's own domain have them. */

/** Inputs: ids [batch, length], segments, word embedding [vocabulary, hidden], … Outputs: [batch, length, hidden], mask index [batch], the sum before it. */
const embedLayerNormalization: ShapeRule = (site) => {
  const ids = shapeAt(site, 0);
  const hidden = shapeAt(site, 2)?.[1] ?? null;
  const embedded: Known = { type: typeAt(site, 2), shape: ids?.length === 2 ? [...ids, hidden] : null };
  return [embedded, { type: 'int32', shape: ids?.length === 2 ? ids.slice(0, 1) : null }, embedded];
};

/** The last output is the sum of input, skip and bias. */
const skipNormalization: ShapeRule = (site) => {
  const known: Known = { type: typeAt(site, 0), shape: shapeAt(site, 0) };
  const statistics: Known = { type: 'float32', shape: known.shape && known.shape.map((dim, i, all) => (i < all.length - 1 ? dim : 1)) };
  return [known, statistics, statistics, known];
};

/** Query, key and value projected from one input [batch, length, …] by weights [input, q + k + v]; the result is as wide as v. */
const projectedAttention: ShapeRule = (site) => {
  const shape = shapeAt(site, 0);
  const all = shapeAt(site, 1)?.[1];
  const width = intsAttribute(site.node, 'qkv_hidden_sizes')?.[2] ?? (typeof all === 'number' ? all / 3 : null);
  return [{ type: typeAt(site, 0), shape: shape?.length === 3 ? [...shape.slice(0, 2), width] : null }];
};

/** Query [batch, length, …], key and value of the same form. */
const multiHeadAttention: ShapeRule = (site) => {
  const query = shapeAt(site, 0);
  const value = shapeAt(site, 2);
  return [{ type: typeAt(site, 0), shape: query?.length === 3 && value?.length === 3 ? [...query.slice(0, 2), value[2] as Dim] : null }];
};

/** Of opset 23: [batch, heads, length, size], or [batch, length, heads · size] with the numbers of heads as attributes. */
const attention: ShapeRule = (site) => {
  const query = shapeAt(site, 0);
  const value = shapeAt(site, 2);
  const type = typeAt(site, 0);
  if (!query || !value || query.length !== value.length) return [{ type, shape: null }];
  if (query.length === 4) return [{ type, shape: [...query.slice(0, 3), value[3] as Dim] }];
  const heads = intAttribute(site.node, 'q_num_heads', 0) / intAttribute(site.node, 'kv_num_heads', 0);
  return [{ type, shape: query.length === 3 ? [...query.slice(0, 2), product([value[2] as Dim, heads])] : null }];
};

export const transformers: Record<string, ShapeRule> = {
  Attention: attention,
  RMSNormalization: sameAsInput,
  RotaryEmbedding: sameAsInput,
  // ONNX Runtime keeps it in the domain of ONNX.
  SimplifiedLayerNormalization: sameAsInput,
};

export const microsoftTransformers: Record<string, ShapeRule> = {
  Attention: projectedAttention,
  BiasGelu: sameAsInput,
  EmbedLayerNormalization: embedLayerNormalization,
  FastGelu: sameAsInput,
  Gelu: sameAsInput,
  GroupNorm: sameAsInput,
  MultiHeadAttention: multiHeadAttention,
  QuickGelu: sameAsInput,
  RotaryEmbedding: sameAsInput,
  SkipLayerNormalization: skipNormalization,
  SkipSimplifiedLayerNormalization: skipNormalization,
};
