import type { Sensitivity } from '../../../contract/evidence.ts';
import type { NodeRow } from '../../../contract/model.ts';
import type { Recipe } from '../../../contract/recipe.ts';
import type { RunResult } from '../../../contract/results.ts';
import { digits, some, suffers, type Finding, type Rule, type RunEvidence } from '../evidence.ts';

/** With one layer quantized and nothing else, the output should hardly move: below this it alone costs more than eight bits must. */
const HARMFUL_DB = 30;
const NAMED = 3;
/** What becomes part of the layer before it: folded into its weights, or into the range of its output. */
const FUSED = new Set(['BatchNormalization', 'Relu', 'Clip']);

/** What single layers do to the output was measured one by one: where their output's rounding costs most it gets 16 bits, else they stay float. */
export const sensitiveLayers: Rule = (evidence) => {
  if (!suffers(evidence.result)) return [];
  const harmful = harmfulNodes(evidence.result)
    .slice(0, NAMED)
    .map((one) => describe(one, evidence));
  if (harmful.length === 0) return [];
  const wide = widened(harmful, evidence.recipe);
  return [...wide, ...together(harmful, evidence.recipe, wide.length > 0), ...harmful.map((one, i) => alone(one, i, evidence.recipe))];
};

/** Integer nodes that were measured to cost the output too much, the worst first. */
export function harmfulNodes({ diagnose, quantize }: RunResult): Sensitivity[] {
  const integer = new Set(quantize.placements.filter(({ placement }) => placement === 'integer').map(({ node }) => node));
  return (diagnose.sensitivity ?? []).filter(({ measured, node }) => integer.has(node) && measured?.outputSqnrDb != null && measured.outputSqnrDb < HARMFUL_DB);
}

interface Harm {
  node: string;
  outputDb: number;
  /** Quantized tensor that it makes; null where there is none. */
  tensor: string | null;
  /** Set where the rounding of that tensor costs more than that of the weight: then its readers have to be float too, or else it is rounded all the same. */
  readers: string[] | null;
  seen: string;
}

function describe({ node, measured }: Sensitivity, { result, nodes }: RunEvidence): Harm {
  const tensor = tensorOf(node, result, nodes);
  const roundingDb = result.diagnose.tensors.find(({ name }) => name === tensor)?.local?.sqnrDb ?? null;
  const weightDb = result.diagnose.weights?.find((weight) => weight.node === node)?.sqnrDb ?? null;
  const rounding = roundingDb !== null && (weightDb === null || roundingDb <= weightDb);
  const { outputSqnrDb, changed = null, images } = measured ?? { outputSqnrDb: null, images: 0 };
  const answers = changed === null ? ` (${images} images)` : ` and ${digits(changed)} % of ${images} answers change`;
  const where = !rounding ? '' : weightDb === null ? `; its output alone is rounded at ${digits(roundingDb)} dB` : `; the rounding of its output (${digits(roundingDb)} dB) outweighs that of its weight (${digits(weightDb)} dB)`; // prettier-ignore
  return {
    node,
    outputDb: outputSqnrDb ?? HARMFUL_DB,
    tensor,
    readers: rounding ? nodes.filter(({ inputs }) => inputs.includes(tensor as string)).map(({ name }) => name) : null,
    seen: `With only ${node} quantized the output has ${digits(outputSqnrDb ?? 0)} dB SQNR${answers}${where}.`,
  };
}

function tensorOf(name: string, { quantize }: RunResult, nodes: readonly NodeRow[]): string | null {
  const quantized = new Set(quantize.tensors.filter(({ kind }) => kind === 'activation').map((tensor) => tensor.name));
  let tensor = nodes.find((node) => node.name === name)?.outputs[0];
  while (tensor !== undefined && !quantized.has(tensor)) tensor = nodes.find(({ op, inputs }) => FUSED.has(op) && inputs[0] === tensor)?.outputs[0];
  return tensor ?? null;
}

function widened(harmful: readonly Harm[], recipe: Recipe): Finding[] {
  const type = wideType(recipe);
  const rounded = harmful.filter(({ readers, tensor }) => readers && tensor !== null);
  if (type === null || rounded.length === 0) return [];
  const tensors = rounded.map(({ tensor }) => tensor as string);
  const overrides = Object.fromEntries(tensors.map((name) => [name, { ...recipe.overrides[name], type }]));
  return [
    {
      id: 'layers:wide',
      kind: 'layer',
      title:
        rounded.length === 1 ? `Give the output of ${rounded[0]?.node ?? ''} 16 bits` : `Give the outputs of the ${rounded.length} most harmful layers 16 bits`,
      seen: rounded.map(({ seen }) => seen).join(' '),
      why: 'One 8-bit scale cannot hold what these tensors carry; with 16 bits their rounding vanishes, and everything else stays as it is.',
      source: 'measured here by real inference with only one layer quantized; whether the device has 16-bit kernels its own documents say',
      gain: 'large',
      nodes: rounded.map(({ node }) => node),
      tensors,
      change: { recipe: { overrides: { ...recipe.overrides, ...overrides } }, words: `${type} for ${some(tensors)}` },
    },
  ];
}

function together(harmful: readonly Harm[], recipe: Recipe, hasBetter: boolean): Finding[] {
  if (harmful.length < 2) return [];
  const readers = harmful.some((one) => one.readers);
  const float = floated(harmful);
  return [
    {
      id: 'layers:float',
      kind: 'layer',
      title: `Keep the ${harmful.length} most harmful layers${readers ? ' and what reads them' : ''} float`,
      seen: harmful.map(({ seen }) => seen).join(' '),
      why: 'A few layers often carry most of the loss; everything else stays integer.',
      source: 'reference: sensitivity as in AIMET’s QuantAnalyzer; measured here by real inference',
      gain: hasBetter ? 'medium' : 'large',
      nodes: float,
      change: { recipe: { exclude: [...recipe.exclude, ...float] }, words: `${some(float)} stay float` },
    },
  ];
}

function alone(one: Harm, rank: number, recipe: Recipe): Finding {
  const float = floated([one]);
  return {
    id: `layer:${one.node}`,
    kind: 'layer',
    title: `Keep ${one.node}${one.readers ? ' and what reads it' : ''} float`,
    seen: one.seen,
    why: 'This layer alone costs the output more than all others should together; in float it costs nothing, and only its own speed.',
    source: 'measured here by real inference with only this layer quantized',
    gain: rank === 0 ? 'medium' : 'small',
    nodes: float,
    tensors: one.tensor === null ? [] : [one.tensor],
    weight: HARMFUL_DB - one.outputDb,
    change: { recipe: { exclude: [...recipe.exclude, ...float] }, words: float.length === 1 ? `${one.node} stays float` : `${some(float)} stay float` },
  };
}

function floated(harmful: readonly Harm[]): string[] {
  return [...new Set(harmful.flatMap(({ node, readers }) => [node, ...(readers ?? [])]))];
}

/** The 16-bit type that goes with the recipe's activations; null where its format has none. */
function wideType({ format, activations, target }: Recipe): 'uint16' | 'int16' | null {
  if (format !== 'qdq' || target === 'tflite') return null;
  if (activations === 'uint8') return 'uint16';
  return activations === 'int8' ? 'int16' : null;
}
