import type { QuantizedTensor } from '../../../contract/results.ts';
import type { NodeRow } from '../../../contract/model.ts';
import { digits, some, suffers, type Rule } from '../evidence.ts';

/** From here on the narrowest channel has hardly a level left: 127 levels shared by ranges a hundredfold apart. */
const RATIO = 100;
/** From here on the narrowest channel has about a dozen. */
const NOTABLE_RATIO = 10;

interface Wide {
  tensor: QuantizedTensor;
  ratio: number;
  node: NodeRow | null;
}

/**
 * One scale for all channels of a weight whose channels differ: the narrow ones lose their levels. Depthwise convolutions suffer most, because each of their
 * channels is an output of its own (Nagel et al., "Data-Free Quantization Through Weight Equalization and Bias Correction", 2019, §3.1).
 */
export const granularity: Rule = ({ recipe, result, nodes }) => {
  if (recipe.format === 'float16' || recipe.weights === 'float16') return [];
  const wide = result.quantize.tensors
    .flatMap((tensor): Wide[] => {
      const ratio = tensor.channelRangeRatio;
      if (tensor.kind !== 'weight' || tensor.granularity !== 'per-tensor' || ratio === undefined || ratio < NOTABLE_RATIO) return [];
      return [{ tensor, ratio, node: ownerOf(tensor.name, nodes, result.diagnose.weights ?? []) }];
    })
    .sort((a, b) => b.ratio - a.ratio);
  const [worst] = wide;
  if (!worst) return [];

  const severe = wide.filter(({ ratio }) => ratio > RATIO);
  const depthwise = severe.filter(({ node }) => node?.depthwise === true);
  // The depthwise layers are named first where they are what breaks.
  const named = depthwise.length > 0 ? depthwise : severe.length > 0 ? severe : wide;
  const names = named.map(({ tensor, node }) => node?.name ?? tensor.name);
  const what = depthwise.length > 0 ? 'depthwise layers' : 'layers';
  const limit = severe.length > 0 ? RATIO : NOTABLE_RATIO;
  const first = named[0] as Wide;
  const overridden = named.filter(({ tensor }) => recipe.overrides[tensor.name]?.granularity === 'per-tensor').map(({ tensor }) => tensor.name);
  return [
    {
      id: 'granularity',
      kind: 'granularity',
      title: `Give each channel its own scale: ${what} have range ratios above ${limit}`,
      seen: `${named.length} ${what} have channel range ratios above ${limit}: ${some(names)}; the widest, ${names[0]}, has ${digits(first.ratio)} between its greatest and smallest channel, and all share one scale.`,
      why: 'With one scale the channels of small weights keep few levels or none, and what they compute is lost; with a scale for each channel none depends on another.',
      source: 'Nagel et al. 2019, arXiv:1906.04721, §3.1; measured here from the weights themselves',
      gain: suffers(result) && severe.length > 0 ? 'large' : suffers(result) ? 'medium' : 'small',
      nodes: names.filter((name) => nodes.some((node) => node.name === name)),
      tensors: named.map(({ tensor }) => tensor.name),
      weight: first.ratio,
      change: {
        recipe: {
          granularity: 'per-channel',
          ...(recipe.symmetricWeights === false ? { symmetricWeights: null } : {}),
          ...(overridden.length > 0 ? { overrides: Object.fromEntries(Object.entries(recipe.overrides).filter(([name]) => !overridden.includes(name))) } : {}),
        },
        words: 'Weights per channel instead of per tensor',
      },
      ...(recipe.granularity === 'per-channel'
        ? {
            forbidden:
              'The recipe asks for scales per channel already; the rules of the target have none for these operators, so they take 16 bits or stay float.',
          }
        : {}),
    },
  ];
};

function ownerOf(weight: string, nodes: readonly NodeRow[], errors: readonly { name: string; node: string }[]): NodeRow | null {
  const known = errors.find(({ name }) => name === weight)?.node;
  return nodes.find(({ name, inputs }) => name === known || inputs.includes(weight)) ?? null;
}
