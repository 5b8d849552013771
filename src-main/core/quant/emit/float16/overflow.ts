import type { Problem } from '../../../../contract/model.ts';
import type { Graph } from '../../../onnx/graph.ts';
import type { GraphView } from '../../view.ts';
import { GREATEST, SMALLEST_NORMAL } from './constants.ts';
import { passesOn } from './operators.ts';

export type Ranges = ReadonlyMap<string, { min: number; max: number }>;

/** What the observed ranges say against half precision. */
export interface Overflow {
  /** Tensor that half precision cannot hold → why, in words that follow the tensor's name. */
  tooLarge: Map<string, string>;
  warnings: Problem[];
}

/** @param ranges observed ones; a tensor without one has the range of the tensors whose values it takes over, if it only does that */
export function scanForOverflow(graph: Graph, view: GraphView, ranges: Ranges): Overflow {
  const magnitudes = new Map<string, number>();
  for (const [name, { min, max }] of ranges) magnitudes.set(name, Math.max(Math.abs(min), Math.abs(max)));
  for (const node of graph.nodes) {
    if (!passesOn(node)) continue;
    const known = node.inputs.map((name) => magnitudes.get(name)).filter((magnitude) => magnitude !== undefined);
    if (known.length === 0) continue;
    for (const output of node.outputs) if (!magnitudes.has(output)) magnitudes.set(output, Math.max(...known));
  }
  const tooLarge = new Map<string, string>();
  const warnings: Problem[] = [];
  const warn = (tensor: string, code: string, message: string): void => {
    const node = view.producers.get(tensor)?.name;
    warnings.push({ severity: 'warning', code, message, tensor, ...(node ? { node } : {}) });
  };
  for (const [name, magnitude] of magnitudes) {
    if (view.typeOf(name) !== 'float32' || view.constant(name)) continue;
    if (!(magnitude <= GREATEST)) {
      const why = Number.isNaN(magnitude) ? 'was NaN in calibration' : `reached ${readable(magnitude)} in calibration, beyond the ±65504 of half precision`;
      tooLarge.set(name, why);
      warn(name, 'float16-overflow', `The tensor ${name} ${why}; the node that makes it and those that read it stay float32.`);
    } else if (magnitude > 0 && magnitude < SMALLEST_NORMAL) {
      const message = `The tensor ${name} never left ±${readable(magnitude)} in calibration, where half precision has fewer digits; exclude its nodes if they matter.`;
      warn(name, 'float16-subnormal', message);
    }
  }
  return { tooLarge, warnings };
}

function readable(value: number): string {
  return String(Number(value.toPrecision(3)));
}
