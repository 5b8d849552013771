import type { Sensitivity } from '../../../contract/evidence.ts';
import type { Recipe } from '../../../contract/recipe.ts';
import { digits, some, suffers, type Finding, type Rule } from '../evidence.ts';

/** With one layer quantized and nothing else, the output should hardly move: below this it alone costs more than eight bits must. */
const HARMFUL_DB = 30;
const NAMED = 3;

/** What single layers do to the output was measured one by one; the worst get 16 bits, or stay float. */
export const sensitiveLayers: Rule = ({ recipe, result, nodes }) => {
  if (!suffers(result)) return [];
  const placed = new Set(result.quantize.placements.filter(({ placement }) => placement === 'integer').map(({ node }) => node));
  const harmful = (result.diagnose.sensitivity ?? [])
    .filter(({ measured, node }) => placed.has(node) && measured?.outputSqnrDb != null && measured.outputSqnrDb < HARMFUL_DB)
    .slice(0, NAMED);
  const [worst] = harmful;
  if (!worst) return [];
  const tensors = new Map(nodes.map((node) => [node.name, node.outputs[0] as string]));
  const wide = wideType(recipe);
  const single = harmful.map((one, i): Finding => ({
    id: `layer:${one.node}`,
    kind: 'layer',
    title: `Keep ${one.node} float`,
    seen: seenOf(one),
    why: 'This layer alone costs the output more than all others should together; in float it costs nothing, and only its own speed.',
    source: 'measured here by real inference with only this layer quantized',
    gain: i === 0 ? 'medium' : 'small',
    nodes: [one.node],
    tensors: [tensors.get(one.node) ?? ''].filter(Boolean),
    weight: HARMFUL_DB - (one.measured?.outputSqnrDb ?? HARMFUL_DB),
    change: { recipe: { exclude: [...recipe.exclude, one.node] }, words: `${one.node} stays float` },
  }));
  const together: Finding[] =
    harmful.length < 2
      ? []
      : [
          {
            id: 'layers:float',
            kind: 'layer',
            title: `Keep the ${harmful.length} most harmful layers float`,
            seen: harmful.map(seenOf).join(' '),
            why: 'A few layers often carry most of the loss; everything else stays integer.',
            source: 'reference: sensitivity as in AIMET’s QuantAnalyzer; measured here by real inference',
            gain: 'large',
            nodes: harmful.map(({ node }) => node),
            change: {
              recipe: { exclude: [...recipe.exclude, ...harmful.map(({ node }) => node)] },
              words: `${some(harmful.map(({ node }) => node))} stay float`,
            },
          },
        ];
  const outputs = harmful.flatMap(({ node }) => tensors.get(node) ?? []).filter((name) => result.quantize.tensors.some((tensor) => tensor.name === name && tensor.kind === 'activation')); // prettier-ignore
  const widened: Finding[] =
    wide === null || outputs.length === 0
      ? []
      : [
          {
            id: 'layers:wide',
            kind: 'layer',
            title: `Give the outputs of the most harmful layers 16 bits`,
            seen: seenOf(worst),
            why: 'With 16 bits the rounding of these tensors vanishes; their weights stay in 8 bits, so it helps where the activation is the trouble.',
            source: 'mixed precision; whether the device has 16-bit kernels its own documents say',
            gain: 'small',
            nodes: harmful.map(({ node }) => node),
            tensors: outputs,
            change: { recipe: { overrides: { ...recipe.overrides, ...Object.fromEntries(outputs.map((name) => [name, { ...recipe.overrides[name], type: wide }])) } }, words: `${wide} for ${some(outputs)}` }, // prettier-ignore
          },
        ];
  return [...together, ...single, ...widened];
};

function seenOf({ node, measured }: Sensitivity): string {
  if (!measured) return '';
  const { outputSqnrDb, changed, images } = measured;
  const answers = changed === null ? ` (${images} images)` : ` and ${digits(changed)} % of ${images} answers change`;
  return `With only ${node} quantized the output has ${digits(outputSqnrDb ?? 0)} dB SQNR${answers}.`;
}

/** The 16-bit type that goes with the recipe's activations; null where its format has none. */
function wideType({ format, activations, target }: Recipe): 'uint16' | 'int16' | null {
  if (format !== 'qdq' || target === 'tflite') return null;
  if (activations === 'uint8') return 'uint16';
  return activations === 'int8' ? 'int16' : null;
}
