import { CalibrantError } from '../../contract/errors.ts';
import type { Recipe } from '../../contract/recipe.ts';
import type { Node } from '../onnx/graph.ts';
import { didYouMean } from './nearest.ts';
import { operatorName } from './rules/rule.ts';

/**
 * The nodes that a recipe keeps float, each with the option that says so. An entry of `exclude` is a node's name, or a regular expression for whole names.
 * @throws CalibrantError `recipe-invalid` for an entry that matches no node, or an operator that the model does not have
 */
export function excludedNodes(nodes: readonly Node[], { exclude, excludeOps }: Pick<Recipe, 'exclude' | 'excludeOps'>): Map<Node, string> {
  const excluded = new Map<Node, string>();
  for (const entry of exclude) {
    const matching = nodes.filter(matcherOf(entry));
    if (matching.length === 0) {
      const names = nodes.map(({ name }) => name);
      throw new CalibrantError(
        'recipe-invalid',
        `The recipe excludes “${entry}”, but no node of the prepared model has such a name; pick the name from the list of nodes (BatchNormalization folds into its convolution).${didYouMean(entry, names)}`,
        { entry },
      );
    }
    for (const node of matching) excluded.set(node, `--exclude ${entry}`);
  }
  for (const op of excludeOps) {
    const matching = nodes.filter((node) => operatorName(node) === op);
    if (matching.length === 0) {
      const ops = [...new Set(nodes.map(operatorName))];
      throw new CalibrantError('recipe-invalid', `The recipe excludes the operator ${op}, which the prepared model does not have; it has ${ops.join(', ')}.`, {
        op,
      });
    }
    for (const node of matching) excluded.set(node, `--exclude-op ${op}`);
  }
  return excluded;
}

/** The names of those nodes. Throws like `excludedNodes`. */
export function excludedNames(nodes: readonly Node[], recipe: Pick<Recipe, 'exclude' | 'excludeOps'>): Set<string> {
  return new Set([...excludedNodes(nodes, recipe).keys()].map(({ name }) => name));
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
