import type { Model, Node, Tensor } from '../../onnx/graph.ts';
import { freshName, namesDefinedIn } from '../../onnx/names.ts';
import { floatTensor } from '../../onnx/tensor.ts';
import { fullCodes } from '../scale.ts';
import type { Layer } from './layers.ts';

/**
 * The float model with one layer quantized: its weight as the quantized model has it, and what QuantizeLinear and DequantizeLinear would make of its output.
 * Said in float operators, round((x / scale) between the ends) · scale, which compute the same for every integer type and need no later opset.
 * @param prepared of opset 13 or later
 */
export function isolateLayer(prepared: Model, { node, quantized, weight }: Layer): Model {
  const { graph } = prepared;
  const taken = namesDefinedIn(graph);
  const constants = new Map(graph.constants);
  const constant = (wish: string, dims: readonly number[], values: Float32Array): string => {
    const tensor: Tensor = floatTensor(freshName(wish, taken), [...dims], values);
    constants.set(tensor.name, tensor);
    return tensor.name;
  };
  const replacement = weight && constant(`${weight.name}_held`, weight.held.dims, weight.held.values);
  const nodes = graph.nodes.flatMap((one): Node[] => {
    const computed =
      one.name === node.name && weight ? { ...one, inputs: one.inputs.map((name, i) => (i === weight.input ? (replacement as string) : name)) } : one;
    if (!quantized || !one.outputs.includes(quantized.tensor)) return [computed];
    const { tensor, parameters } = quantized;
    const [codes, zero] = [fullCodes(parameters.type), parameters.zeroPoint[0] as number];
    const number = (what: string, value: number): string => constant(`${tensor}_${what}`, [], Float32Array.of(value));
    const scale = number('scale', parameters.scale[0] as number);
    const names = ['float', 'steps', 'within', 'rounded'].map((what) => freshName(`${tensor}_${what}`, taken)) as [string, string, string, string];
    const [before, steps, within, rounded] = names;
    const step = (op: string, inputs: string[], output: string): Node => ({
      name: freshName(`${output}_${op}`, taken),
      op,
      domain: '',
      inputs,
      outputs: [output],
      attributes: new Map(),
    });
    return [
      { ...computed, outputs: computed.outputs.map((name) => (name === tensor ? before : name)) },
      step('Div', [before, scale], steps),
      step('Clip', [steps, number('low', codes.min - zero), number('high', codes.max - zero)], within),
      step('Round', [within], rounded),
      step('Mul', [rounded, scale], tensor),
    ];
  });
  return { ...prepared, graph: { ...graph, nodes, constants } };
}
