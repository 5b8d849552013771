import type { Finding, Rule } from '../evidence.ts';

/** What the speed measurement found, as things to do: the S8S8 trap has a button. */
export const integerSpeed: Rule = ({ recipe, result: { evaluate } }) => {
  const findings = evaluate.speed?.findings ?? [];
  const places = (node: string | undefined, tensor: string | undefined): Pick<Finding, 'nodes' | 'tensors'> => ({
    nodes: node ? [node] : [],
    tensors: tensor ? [tensor] : [],
  });
  return findings.flatMap(({ code, message, node, tensor }): Finding[] => {
    if (code === 'speed-s8s8') {
      return [
        {
          id: 'speed-s8s8',
          kind: 'speed',
          title: 'Take uint8 activations: with int8 this processor computes in float',
          seen: message,
          why: 'ONNX Runtime on x86 fuses convolutions of uint8 activations whatever reads them, and leaves those of int8 activations in float where a tensor has two readers.',
          source: 'measured with ONNX Runtime 1.30 on x86; session option session.qdqisint8allowed is the other way out',
          gain: 'medium',
          ...places(node, tensor),
          ...(recipe.target === 'tflite'
            ? { forbidden: 'The rules of TFLite want int8 activations: on the device they are integers, only this processor runs them in float.' }
            : { change: { recipe: { activations: 'uint8' as const }, words: 'uint8 activations instead of int8' } }),
        },
      ];
    }
    if (code !== 'speed-not-faster') return [];
    return [
      {
        id: code,
        kind: 'speed',
        title: 'It is not faster than float here',
        seen: message,
        why: 'Integers save time only where the kernels, the processor and enough work for them are there; a device may say otherwise.',
        source: 'measured on this machine, kernel by kernel: see the Speed tab',
        gain: 'unknown',
        ...places(node, tensor),
        screen: 'speed',
      },
    ];
  });
};
