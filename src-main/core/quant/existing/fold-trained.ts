import type { Model } from '../../onnx/graph.ts';
import { opsetOf } from '../../onnx/opset.ts';
import { dropDead } from '../../onnx/passes/drop-dead.ts';
import { encodeConstant, parametersOf } from './code-parameters.ts';

/**
 * Exports of quantization-aware training keep float weights and quantize them whenever they run; their codes become constants, and the model computes the same
 * with a quarter of the weights. A model without such weights comes back as it is.
 */
export function foldTrainedWeights(model: Model): Model {
  const { graph } = model;
  const constants = new Map(graph.constants);
  const outputs = new Set(graph.outputs.map((output) => output.name));
  const nodes = graph.nodes.filter((node) => {
    const [input, result] = [constants.get(node.inputs[0] ?? ''), node.outputs[0] ?? ''];
    if (node.op !== 'QuantizeLinear' || input?.type !== 'float32' || outputs.has(result)) return true;
    const parameters = parametersOf(node, (name) => (name ? constants.get(name) : undefined), null);
    if (!parameters) return true;
    constants.set(result, encodeConstant(result, input, parameters));
    return false;
  });
  return nodes.length === graph.nodes.length
    ? model
    : { ...model, graph: dropDead({ ...graph, nodes, constants }, { opset: opsetOf(model), note: () => undefined }) };
}
