import { some, suffers, type Rule } from '../evidence.ts';
import { harmfulNodes } from './sensitive-layers.ts';

const GATED = new Set(['HardSwish', 'HardSigmoid', 'Mish', 'Gelu']);

/** SiLU and HardSwish have a small negative part that 8 bits of a wide range cannot hold, and many devices have no integer kernel for them. */
export const gatedActivations: Rule = ({ result, nodes, recipe }) => {
  if (!suffers(result)) return [];
  const silu = nodes.filter(({ op, inputs }) => op === 'Mul' && inputs.some((name) => nodes.some((other) => other.op === 'Sigmoid' && other.outputs.includes(name) && other.inputs.some((input) => inputs.includes(input))))); // prettier-ignore
  const gated = [...silu, ...nodes.filter(({ op }) => GATED.has(op))];
  if (gated.length === 0) return [];
  const kind = silu.length > 0 ? 'SiLU' : (gated[0]?.op ?? '');
  const read = new Set(gated.flatMap(({ inputs }) => inputs));
  const around = new Set(nodes.filter(({ name, outputs }) => outputs.some((output) => read.has(output)) || gated.some((one) => one.name === name)).map(({ name }) => name)); // prettier-ignore
  const wide = recipe.format === 'qdq' && recipe.activations === 'uint8';
  return [
    {
      id: 'gated-activations',
      kind: 'gated-activations',
      title: `Mind ${kind}: its small negative values share a scale with large positive ones`,
      seen: `${gated.length} ${kind} activations: ${some(gated.map(({ name }) => name))}.`,
      why: 'Their output goes down to about −0.28 and up without bound; the wider the range, the fewer codes are left below zero, and the error adds up from block to block.',
      source: 'Ramachandran et al., “Searching for Activation Functions”, 2017 (the minimum of x·σ(x)); measured losses of YOLO models',
      gain: harmfulNodes(result).some(({ node }) => around.has(node)) ? 'medium' : 'small',
      nodes: gated.map(({ name }) => name),
      ...(wide ? { change: { recipe: { activations: 'uint16' as const }, words: '16-bit activations everywhere' } } : {}),
    },
  ];
};
