import { intAttribute } from '../../attributes.ts';
import type { Attribute } from '../../graph.ts';
import { helper, type Conversion } from './workshop.ts';

/** Before opset 13, Softmax, LogSoftmax and Hardmax treat their input as a matrix that is split at `axis` (1 by default), and work on its rows. */
export const alongRows: Conversion = (node, workshop) => {
  const input = node.inputs[0] as string;
  const output = node.outputs[0] as string;
  const shape = workshop.shapeOf(input);
  const axis = intAttribute(node, 'axis', 1);
  const split = shape && axis < 0 ? axis + shape.length : axis;
  const along = (value: number): [string, Attribute][] => [['axis', { kind: 'int', value }]];
  // Where all behind the axis has size 1, the row is the axis.
  if (shape && shape.slice(split + 1).every((dim) => dim === 1)) return [{ ...node, attributes: new Map(along(split)) }];
  const [rows, result, target] = ['rows', 'result', 'target'].map((wish) => workshop.fresh(`${output}_${wish}`)) as [string, string, string];
  return [
    helper(workshop, node, 'Shape', [input], target),
    helper(workshop, node, 'Flatten', [input], rows, along(axis)),
    { ...node, inputs: [rows], outputs: [result], attributes: new Map(along(-1)) },
    helper(workshop, node, 'Reshape', [result, target], output),
  ];
};
