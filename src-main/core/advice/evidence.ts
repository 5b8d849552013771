import type { Advice, DoctorResult } from '../../contract/evidence.ts';
import type { NodeRow, Problem } from '../../contract/model.ts';
import { recipeConflicts } from '../../contract/recipe-conflicts.ts';
import type { Recipe } from '../../contract/recipe.ts';
import type { RunResult } from '../../contract/results.ts';

/** All that the rules look at: one finished run and what is known of its model and data. */
export interface RunEvidence {
  recipe: Recipe;
  result: RunResult;
  /** Nodes of the float model, in the file's order. */
  nodes: readonly NodeRow[];
  /** What inspection found odd about the model, the audit of a quantized one included. */
  problems: readonly Problem[];
  /** The last look at the calibration images; null where nobody looked. */
  doctor: DoctorResult | null;
}

/** What a rule says, before it is completed. */
export interface Finding extends Pick<Advice, 'id' | 'kind' | 'title' | 'seen' | 'why' | 'source' | 'gain'> {
  nodes?: string[];
  tensors?: string[];
  /** What is to be changed in the recipe, and in words. */
  change?: { recipe: Partial<Recipe>; words: string };
  screen?: Advice['screen'];
  forbidden?: string;
  /** Within the same gain the greater comes first. */
  weight?: number;
}

/** One kind of advice: nothing where its evidence is missing or nothing is wrong. */
export type Rule = (evidence: RunEvidence) => Finding[];

/** Points of the headline metric that quantization has cost; null where it has none in points. */
export function dropOf({ evaluate: { headline, against, top1 } }: RunResult): number | null {
  if (headline?.unit === '%' && headline.value !== null && headline.float !== null) return headline.float - headline.value;
  return against?.top1 != null && top1 !== null ? against.top1 - top1 : null;
}

/** Whether the accuracy suffered: a point and more, or, without labels, an answer in fifty and more. */
export function suffers(result: RunResult): boolean {
  const drop = dropOf(result);
  if (drop !== null) return drop >= 1;
  const { agreement, headline } = result.evaluate;
  if (agreement != null) return agreement < 98;
  return headline?.unit === 'dB' && headline.value !== null && headline.value < 20;
}

/** A finding as the contract has it; a recipe that cannot be had, or that is the present one, is no button. */
export function complete(finding: Finding, recipe: Recipe): Advice {
  const { id, kind, title, seen, why, source, gain, nodes = [], tensors = [], change, screen = null, forbidden = null } = finding;
  const wanted = change ? { ...recipe, ...change.recipe } : null;
  const [conflict] = wanted ? recipeConflicts(wanted) : [];
  const changes = wanted !== null && JSON.stringify(wanted) !== JSON.stringify(recipe);
  return {
    id, kind, title, seen, why, source, gain, nodes, tensors, screen,
    recipe: changes && !conflict ? wanted : null,
    change: changes && !conflict ? (change?.words ?? null) : null,
    forbidden: forbidden ?? conflict?.message ?? null,
    effect: null,
  }; // prettier-ignore
}

/** "a, b and 3 more". */
export function some(names: readonly string[], most = 3): string {
  const shown = names.slice(0, most);
  const rest = names.length - shown.length;
  if (rest > 0) return `${shown.join(', ')} and ${rest} more`;
  return shown.length > 1 ? `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}` : (shown[0] ?? '');
}

/** Three significant digits. */
export function digits(value: number): string {
  return Number(value.toPrecision(3)).toString().replace('-', '−');
}
