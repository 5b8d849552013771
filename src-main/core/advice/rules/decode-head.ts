import type { NodeRow } from '../../../contract/model.ts';
import { digits, dropOf, some, suffers, type Rule } from '../evidence.ts';
import { harmfulNodes } from './sensitive-layers.ts';

/** What computes with weights; behind the last of these a detector only decodes. */
const LAYERS = new Set(['Conv', 'ConvTranspose', 'Gemm', 'MatMul']);
/** Moves values without computing: harmless in integers. */
const MOVES = new Set(['Reshape', 'Transpose', 'Flatten', 'Squeeze', 'Unsqueeze', 'Identity', 'Shape', 'Constant', 'Cast', 'Gather', 'Slice']);

/** The end of a detector turns features into boxes by exp, products and sums over a wide range: cheap, and ruined by 8 bits. */
export const decodeHead: Rule = ({ recipe, result, nodes }) => {
  if (result.evaluate.task !== 'detection' || !suffers(result)) return [];
  const integer = new Set(result.quantize.placements.filter(({ placement }) => placement === 'integer').map(({ node }) => node));
  const ends = behindLastLayers(nodes);
  const tail = ends.tail.filter(({ name, op }) => integer.has(name) && !MOVES.has(op));
  const last = ends.last.filter(({ name }) => integer.has(name));
  // Ranges that do not fit one scale at its Concat are found by another rule; without either, it is only a usual suspect.
  const worst = new Set(harmfulNodes(result).map(({ node }) => node));
  const harmful = (nodes: readonly NodeRow[]): boolean => nodes.some(({ name }) => worst.has(name));
  const drop = dropOf(result);
  const lost = drop === null ? '' : ` mAP fell by ${digits(drop)} points on ${result.evaluate.images} images.`;
  const findings = [];
  if (tail.length > 0) {
    findings.push({
      id: 'decode-head',
      kind: 'decode-head',
      title: 'Leave the decode head float',
      seen: `${tail.length} nodes behind the last layers compute boxes and scores in integers: ${some(tail.map(({ name }) => name))}.${lost}`,
      why: 'Box coordinates span hundreds of pixels while scores span one; eight bits hold neither well, and these nodes cost next to no time.',
      source: 'onnxruntime#14233, #10787; ultralytics#1683',
      gain: harmful(tail) ? ('large' as const) : ('small' as const),
      nodes: tail.map(({ name }) => name),
      change: { recipe: { exclude: [...recipe.exclude, ...tail.map(({ name }) => name)] }, words: `${tail.length} nodes of the decode head stay float` },
    });
  }
  if (last.length > 0) {
    findings.push({
      id: 'prediction-layers',
      kind: 'decode-head',
      title: 'Leave the prediction layers float',
      seen: `The last ${last.length} layers, which predict boxes and scores, are integers: ${some(last.map(({ name }) => name))}.${lost}`,
      why: 'Their outputs are the answer itself: every step of their scale is a step of a box or a score, and no later layer averages it out.',
      source: 'a usual choice for detectors (ultralytics#1683); whether it helps here, the run tells',
      gain: harmful(last) ? ('medium' as const) : ('small' as const),
      nodes: last.map(({ name }) => name),
      change: { recipe: { exclude: [...recipe.exclude, ...last.map(({ name }) => name)] }, words: `${last.length} prediction layers stay float` },
    });
  }
  return findings;
};

/** Layers behind which there is no other, and the nodes from which no layer is reached. */
function behindLastLayers(nodes: readonly NodeRow[]): { last: NodeRow[]; tail: NodeRow[] } {
  const leadsToLayer = new Set<string>();
  const ends = nodes.toReversed().filter(({ op, inputs, outputs }) => {
    const leads = outputs.some((name) => leadsToLayer.has(name));
    if (leads || LAYERS.has(op)) for (const name of inputs) leadsToLayer.add(name);
    return !leads;
  });
  const inOrder = ends.toReversed();
  return { last: inOrder.filter(({ op }) => LAYERS.has(op)), tail: inOrder.filter(({ op }) => !LAYERS.has(op)) };
}
