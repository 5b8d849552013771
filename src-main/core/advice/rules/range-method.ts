import { RANGE_METHODS_BY_USE } from './range-words.ts';
import { digits, some, suffers, type Rule } from '../evidence.ts';

/** Rounding and clipping of one tensor alone should stay above this; eight bits reach about 40 dB. */
const LOW_DB = 20;

/** Tensors whose own range loses too much: another method for all where many do, or for them alone. */
export const rangeMethod: Rule = ({ recipe, result }) => {
  if (!suffers(result) || !['qdq', 'qoperator'].includes(recipe.format)) return [];
  const low = result.diagnose.tensors
    .flatMap((tensor) => (tensor.local?.sqnrDb != null && tensor.local.sqnrDb < LOW_DB ? [{ ...tensor, localDb: tensor.local.sqnrDb }] : []))
    .sort((a, b) => a.localDb - b.localDb);
  const [worst] = low;
  const other = RANGE_METHODS_BY_USE.find(({ method }) => method !== recipe.range && !(recipe.ortParity && method === 'mse'));
  if (!worst || !other) return [];
  return [
    {
      id: 'range-method',
      kind: 'range',
      title: `Choose ranges by ${other.words}`,
      seen: `${low.length} of ${result.diagnose.tensors.length} tensors lose more than ${LOW_DB} dB allow by their own range (${result.diagnose.images} images): ${some(low.map(({ name, localDb }) => `${name} ${digits(localDb)} dB`))}.`,
      why: other.why,
      source: 'see “Ranges of activations” in the guide; local SQNR measured here',
      gain: low.length >= 3 ? 'medium' : 'small',
      tensors: low.map(({ name }) => name),
      nodes: [...new Set(low.map(({ node }) => node))],
      weight: LOW_DB - worst.localDb,
      change: {
        recipe: { range: other.method },
        words: `Ranges by ${other.words} instead of ${RANGE_METHODS_BY_USE.find(({ method }) => method === recipe.range)?.words ?? recipe.range}`,
      },
    },
  ];
};
