import { digits, dropOf, suffers, type Rule } from '../evidence.ts';

const X86 = /^(avx|sse)/;
const VNNI = /vnni/;

/** x86 without VNNI sums two products in 16 bits, which unsigned activations times 8-bit weights can overflow. */
export const reducedRange: Rule = ({ recipe, result }) => {
  const { cpuFlags } = result.evaluate.provenance;
  const saturates = cpuFlags.some((flag) => X86.test(flag)) && !cpuFlags.some((flag) => VNNI.test(flag));
  const eight = recipe.weights === 'int8' && recipe.activations === 'uint8' && ['qdq', 'qoperator'].includes(recipe.format);
  if (!saturates || !eight || recipe.weightCodes === 'reduced' || !suffers(result)) return [];
  const drop = dropOf(result);
  return [
    {
      id: 'reduced-range',
      kind: 'reduced-range',
      title: 'Take 7-bit weights: this processor has no VNNI',
      seen: `This processor (${result.evaluate.provenance.cpu}) has no VNNI${drop === null ? '' : `, and accuracy fell by ${digits(drop)} points on ${result.evaluate.images} images`}; sums of two products may saturate at 16 bits.`,
      why: 'With 7-bit weights no sum can saturate, at the price of one bit; on a processor with VNNI, and on most devices, the full range is right.',
      source: 'onnxruntime quantization documentation, “when and why do I need to try U8U8”; onnxruntime#6004',
      gain: 'medium',
      change: { recipe: { weightCodes: 'reduced' }, words: 'Weights in the reduced range (7 bits)' },
    },
  ];
};
