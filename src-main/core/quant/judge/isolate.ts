import type { Model, Node, Tensor } from '../../onnx/graph.ts';
import { freshName, namesDefinedIn } from '../../onnx/names.ts';
import { renameReads } from '../../onnx/passes/rename.ts';
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
  const computed = graph.nodes.map((one) => {
    if (one.name !== node.name || !weight) return one;
    const held = constant(`${weight.name}_held`, weight.held.dims, weight.held.values);
    return { ...one, inputs: one.inputs.map((name, i) => (i === weight.input ? held : name)) };
  });
  if (!quantized) return { ...prepared, graph: { ...graph, nodes: computed, constants } };

  const { tensor, parameters } = quantized;
  const number = (what: string, value: number): string => constant(`${tensor}_${what}`, [], Float32Array.of(value));
  const fresh = (what: string): string => freshName(`${tensor}_${what}`, taken);
  const steps = (from: string, to: string): Node[] => {
    const [codes, zero] = [fullCodes(parameters.type), parameters.zeroPoint[0] as number];
    const scale = number('scale', parameters.scale[0] as number);
    const [divided, within, rounded] = [fresh('steps'), fresh('within'), fresh('rounded')];
    const step = (op: string, inputs: string[], output: string): Node => ({
      name: fresh(op),
      op,
      domain: '',
      inputs,
      outputs: [output],
      attributes: new Map(),
    });
    return [
      step('Div', [from, scale], divided),
      step('Clip', [divided, number('low', codes.min - zero), number('high', codes.max - zero)], within),
      step('Round', [within], rounded),
      step('Mul', [rounded, scale], to),
    ];
  };
  if (graph.inputs.some(({ name }) => name === tensor)) {
    const rounded = fresh('rounded_input');
    const nodes = [...steps(tensor, rounded), ...computed.map((one) => renameReads(one, new Map([[tensor, rounded]])))];
    return { ...prepared, graph: { ...graph, nodes, constants } };
  }
  // Behind its node, under the name that all others read.
  const before = fresh('float');
  const nodes = computed.flatMap((one) =>
    one.outputs.includes(tensor) ? [{ ...one, outputs: one.outputs.map((name) => (name === tensor ? before : name)) }, ...steps(before, tensor)] : [one],
  );
  return { ...prepared, graph: { ...graph, nodes, constants } };
}
