import { floatAttribute, intAttribute, intsAttribute, stringAttribute, without } from '../../attributes.ts';
import type { Attribute } from '../../graph.ts';
import { intTensor } from '../../tensor.ts';
import { ints, scalar, withInput, type Conversion } from './workshop.ts';

/** What was an attribute and became an input, or got another default. */

/** An attribute with a list of integers becomes an input. */
export const intsToInput =
  (attribute: string, index: number): Conversion =>
  (node, workshop) => {
    const values = intsAttribute(node, attribute);
    if (!values) return [node];
    const name = ints(workshop, `${node.name}_${attribute}`, values);
    return [{ ...node, inputs: withInput(node.inputs, index, name), attributes: without(node.attributes, attribute) }];
  };

export const clip: Conversion = (node, workshop) => {
  const bound = (name: 'min' | 'max'): string => (node.attributes.has(name) ? scalar(workshop, `${node.name}_${name}`, floatAttribute(node, name, 0)) : '');
  const inputs = [node.inputs[0] as string, bound('min'), bound('max')];
  return [{ ...node, inputs, attributes: without(node.attributes, 'min', 'max') }];
};

export const pad: Conversion = (node, workshop) => {
  const value = floatAttribute(node, 'value', 0);
  const inputs = [node.inputs[0] as string, ints(workshop, `${node.name}_pads`, intsAttribute(node, 'pads') ?? [])];
  if (value !== 0) inputs.push(scalar(workshop, `${node.name}_value`, value));
  return [{ ...node, inputs, attributes: without(node.attributes, 'pads', 'value') }];
};

export const slice: Conversion = (node, workshop) => {
  const starts = intsAttribute(node, 'starts') ?? [];
  const parts = { starts, ends: intsAttribute(node, 'ends') ?? [], axes: intsAttribute(node, 'axes') ?? starts.map((_start, i) => i) };
  const names = Object.entries(parts).map(([part, values]) => ints(workshop, `${node.name}_${part}`, values));
  return [{ ...node, inputs: [node.inputs[0] as string, ...names], attributes: without(node.attributes, 'starts', 'ends', 'axes') }];
};

export const topK: Conversion = (node, workshop) => {
  const k = ints(workshop, `${node.name}_k`, [intAttribute(node, 'k', 1)]);
  return [{ ...node, inputs: [node.inputs[0] as string, k], attributes: without(node.attributes, 'k') }];
};

/** At inference a Dropout passes its input on, whatever its ratio. */
export const dropout: Conversion = (node) => [{ ...node, inputs: node.inputs.slice(0, 1), attributes: without(node.attributes, 'ratio', 'seed') }];

/** A Split into equal parts has to say how many there are. */
export const split: Conversion = (node) =>
  node.inputs[1] ? [node] : [{ ...node, inputs: node.inputs.slice(0, 1), attributes: withAttribute(node.attributes, 'num_outputs', int(node.outputs.length)) }];

/** The axis was 1 unless given; since 20 it is an input, and the last but one unless given. */
export const dft: Conversion = (node, workshop) => {
  const axis = workshop.constant(`${node.name}_axis`, (name) => intTensor(name, [], [intAttribute(node, 'axis', 1)]));
  return [{ ...node, inputs: withInput(node.inputs, 2, axis), attributes: without(node.attributes, 'axis') }];
};

/** Half a pixel was not taken off before. */
export const roiAlign: Conversion = (node) => [
  { ...node, attributes: withAttribute(node.attributes, 'coordinate_transformation_mode', { kind: 'string', value: 'output_half_pixel' }) },
];

const GRID_MODES = new Map([
  ['bilinear', 'linear'],
  ['bicubic', 'cubic'],
]);

/** The modes have no number of axes in their names any more; the default is what it was. */
export const gridSample: Conversion = (node) => {
  const mode = GRID_MODES.get(stringAttribute(node, 'mode', ''));
  return [mode ? { ...node, attributes: withAttribute(node.attributes, 'mode', { kind: 'string', value: mode }) } : node];
};

function int(value: number): Attribute {
  return { kind: 'int', value };
}

function withAttribute(attributes: Map<string, Attribute>, name: string, value: Attribute): Map<string, Attribute> {
  return new Map(attributes).set(name, value);
}
