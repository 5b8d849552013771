import { floatsAttribute, stringAttribute } from '../../attributes.ts';
import type { Attribute } from '../../graph.ts';
import { elementCount, floatsOf, floatTensor } from '../../tensor.ts';
import { refusal, type Conversion } from './workshop.ts';

/**
 * Upsample and Resize 10 multiply indices by the scale and, for the nearest neighbour, cut the fraction (ONNX Runtime rounds up where it shrinks). Scales
 * that are computed are taken to enlarge.
 */
export const resizeOfOpset10: Conversion = (node, workshop) => {
  const scales = floatsAttribute(node, 'scales');
  const name = scales ? workshop.constant(`${node.name}_scales`, (own) => floatTensor(own, [scales.length], Float32Array.from(scales))) : node.inputs[1];
  const given = workshop.constantOf(node.inputs[1] ?? '');
  const factors = scales ?? (given ? [...floatsOf(given)] : []);
  const shrinks = factors.some((factor) => factor < 1);
  if (shrinks && factors.some((factor) => factor > 1)) throw refusal(node, 'it enlarges one axis and shrinks another', workshop);
  const mode = stringAttribute(node, 'mode', 'nearest');
  const attributes = new Map<string, Attribute>([
    ['mode', { kind: 'string', value: mode === 'bilinear' ? 'linear' : mode }],
    ['coordinate_transformation_mode', { kind: 'string', value: 'asymmetric' }],
    ['nearest_mode', { kind: 'string', value: shrinks ? 'ceil' : 'floor' }],
  ]);
  return [{ ...node, op: 'Resize', inputs: [node.inputs[0] as string, '', name as string], attributes }];
};

/** Region and scales had to be there; an empty list stood for none. */
export const resizeOfOpset11: Conversion = (node, workshop) => {
  const empty = (name: string): boolean => elementCount(workshop.constantOf(name)?.dims ?? [1]) === 0;
  const inputs = node.inputs.map((name, i) => (i > 0 && empty(name) ? '' : name));
  return [{ ...node, inputs }];
};
