import { placementWord } from '../../../src-main/contract/recipe-words.ts';
import type { RunResult } from '../../../src-main/contract/results.ts';
import type { NodeKind, NodeKinds } from '../../graph/colouring.ts';

/** What the graph can show of every node that is no number: where the recipe placed it, and what really ran. */
export function nodeKinds({ quantize, evaluate }: RunResult): NodeKinds[] {
  const { placements, recipe } = quantize;
  const word = (placement: 'integer' | 'float16'): string => placementWord(placement, recipe);
  const placed: NodeKinds = {
    title: 'Placement',
    hint: 'What the recipe made of the node; a fused one is part of the node before it and costs nothing.',
    kinds: present([integer(word('integer')), FLOAT, { key: 'float16', letter: 'H', title: word('float16'), pattern: 'dotted' }, FUSED], placements.map(({ placement }) => placement)), // prettier-ignore
    byNode: new Map(placements.map(({ node, placement }) => [node, placement])),
  };
  const nodes = evaluate.speed?.nodes ?? [];
  if (nodes.length === 0) return [placed];
  const ran: NodeKinds = {
    title: 'Kernel that ran',
    hint: 'What ONNX Runtime really ran for the node in the quantized model, by its own profile.',
    kinds: present([integer('integer'), FLOAT, { key: 'moved', letter: 'M', title: 'only moves values', pattern: 'dotted' }, FUSED], nodes.map((node) => node.ran)), // prettier-ignore
    byNode: new Map(nodes.map((one) => [one.node, one.ran])),
  };
  return [placed, ran];
}

const FLOAT: NodeKind = { key: 'float', letter: 'F', title: 'float', pattern: 'hatched' };
const FUSED: NodeKind = { key: 'fused', letter: '·', title: 'fused', pattern: 'empty' };

function integer(title: string): NodeKind {
  return { key: 'integer', letter: 'I', title, pattern: 'solid' };
}

function present(kinds: readonly NodeKind[], keys: readonly string[]): NodeKind[] {
  return kinds.filter(({ key }) => keys.includes(key));
}
