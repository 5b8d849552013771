import type { Problem } from '../../../contract/model.ts';
import type { Model, Node } from '../../onnx/graph.ts';
import { freshName, namesDefinedIn } from '../../onnx/names.ts';
import { roundedOnLoad } from '../rounded-on-load.ts';

/**
 * Keeps float what the plan left float: a Sum of one input, which changes nothing, stands between such a node and the DequantizeLinear before it, so that ONNX
 * Runtime does not recognise the pattern (`roundedOnLoad`). An Identity would not do: it is removed first. It costs one copy of the input.
 */
export function keepFloat(model: Model): { model: Model; warnings: Problem[] } {
  const { graph } = model;
  const rounded = new Set(roundedOnLoad(graph));
  const [first] = rounded;
  if (!first) return { model, warnings: [] };
  const taken = namesDefinedIn(graph);
  const takenNodes = new Set(graph.nodes.map(({ name }) => name));
  const values = new Map(graph.values);
  const nodes = graph.nodes.flatMap((node): Node[] => {
    if (!rounded.has(node)) return [node];
    const [input = '', ...rest] = node.inputs;
    const copy = freshName(`${input}_float`, taken);
    const known = values.get(input);
    if (known) values.set(copy, { ...known, name: copy });
    const sum: Node = {
      name: freshName(`${node.name}_keep_float`, takenNodes),
      op: 'Sum',
      domain: '',
      inputs: [input],
      outputs: [copy],
      attributes: new Map(),
    };
    return [sum, { ...node, inputs: [copy, ...rest] }];
  });
  const message = `${count(rounded.size)} (the first is ${first.name}) ${rounded.size === 1 ? 'has' : 'have'} a Sum of one input before ${rounded.size === 1 ? 'it' : 'them'}, which changes nothing: without it ONNX Runtime would round the weights to int8 with one scale for all channels when it loads the file.`;
  return { model: { ...model, graph: { ...graph, nodes, values } }, warnings: [{ severity: 'note', code: 'float-kept', message, node: first.name }] };
}

/** For files that have to be those of the Python tool: what becomes of its float nodes. */
export function roundedWarning({ graph }: Model): Problem[] {
  const [first, ...others] = roundedOnLoad(graph);
  if (!first) return [];
  const message = `${count(others.length + 1)} (the first is ${first.name}) will not stay float: ONNX Runtime rounds such weights to int8 with one scale for all channels when it loads the file. The Python tool’s files have no protection from it; without parity they stay float.`;
  return [{ severity: 'warning', code: 'float-rounded-on-load', message, node: first.name }];
}

function count(nodes: number): string {
  return nodes === 1 ? 'One float node' : `${nodes} float nodes`;
}
