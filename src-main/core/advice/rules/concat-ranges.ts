import type { QuantizedTensor } from '../../../contract/results.ts';
import { digits, type Rule } from '../evidence.ts';

/** Ranges this far apart leave the narrower tensor 4 of 8 bits or fewer. */
const RATIO = 16;

/**
 * Tensors of very different ranges under one scale behind a Concat: boxes in pixels beside scores in 0…1 leave the scores a code or two, and all
 * detections vanish.
 */
export const concatRanges: Rule = ({ recipe, result, nodes }) => {
  const activations = new Map(result.quantize.tensors.filter(({ kind }) => kind === 'activation').map((tensor) => [tensor.name, tensor]));
  const integer = new Set(result.quantize.placements.filter(({ placement }) => placement === 'integer').map(({ node }) => node));
  return nodes.flatMap((node) => {
    if (node.op !== 'Concat' || !integer.has(node.name)) return [];
    const output = extentOf(activations.get(node.outputs[0] as string));
    const inputs = node.inputs.flatMap((name) => {
      const extent = extentOf(activations.get(name));
      return extent === null ? [] : [{ name, extent }];
    });
    const narrow = inputs.toSorted((a, b) => a.extent - b.extent)[0];
    const wide = Math.max(output ?? 0, ...inputs.map(({ extent }) => extent));
    if (!narrow || inputs.length < 2 || narrow.extent <= 0 || wide / narrow.extent < RATIO) return [];
    return [
      {
        id: `concat:${node.name}`,
        kind: 'concat',
        title: `Keep ${node.name} float: it joins ranges that do not fit one scale`,
        seen: `${node.name} joins tensors whose ranges differ ${digits(wide / narrow.extent)} times; ${narrow.name} spans ${digits(narrow.extent)} under a scale made for ${digits(wide)}, which leaves it about ${Math.max(1, Math.round((256 * narrow.extent) / wide))} of 256 codes.`,
        why: 'What is narrow is rounded with the steps of what is wide; scores beside box coordinates become 0, and every detection vanishes.',
        source: 'ultralytics#1683, rknn_model_zoo#450; measured here from the chosen ranges',
        gain: 'large' as const,
        nodes: [node.name],
        tensors: [narrow.name, node.outputs[0] as string],
        weight: wide / narrow.extent,
        change: { recipe: { exclude: [...recipe.exclude, node.name] }, words: `${node.name} stays float` },
      },
    ];
  });
};

function extentOf(tensor: QuantizedTensor | undefined): number | null {
  if (!tensor?.range || typeof tensor.range.min !== 'number' || typeof tensor.range.max !== 'number') return null;
  return tensor.range.max - tensor.range.min;
}
