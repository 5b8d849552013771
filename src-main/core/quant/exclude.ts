import { CalibrantError } from '../../contract/errors.ts';
import type { Node } from '../onnx/graph.ts';

/**
 * The nodes that a recipe keeps float, each with the entry that says so. An entry is a node's name, or a regular expression for whole names.
 * @throws CalibrantError `recipe-invalid` for an entry that matches no node
 */
export function excludedNodes(nodes: readonly Node[], entries: readonly string[]): Map<Node, string> {
  const excluded = new Map<Node, string>();
  for (const entry of entries) {
    const matching = nodes.filter(matcherOf(entry));
    if (matching.length === 0) {
      throw new CalibrantError(
        'recipe-invalid',
        `The recipe excludes “${entry}”, but no node of the prepared model has such a name; pick the name from the list of nodes (BatchNormalization folds into its convolution).`,
        { entry },
      );
    }
    for (const node of matching) excluded.set(node, entry);
  }
  return excluded;
}

function matcherOf(entry: string): (node: Node) => boolean {
  let pattern: RegExp | null = null;
  try {
    pattern = new RegExp(`^(?:${entry})$`);
  } catch {
    // Names such as `conv[0` are no expressions; they still match as names.
  }
  return (node) => node.name === entry || (pattern?.test(node.name) ?? false);
}
