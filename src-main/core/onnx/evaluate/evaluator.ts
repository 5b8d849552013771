import type { ElementType, Tensor } from '../graph.ts';
import type { Site } from '../shapes/site.ts';

export interface Evaluation {
  site: Site;
  /** undefined for an optional input that is left out; all others are constants. */
  inputs: (Tensor | undefined)[];
  /** Inferred types and shapes. */
  outputs: { type: ElementType; dims: number[] }[];
}

/** The bytes of the outputs; null where the node cannot be computed here (a type, an index out of range, a result that would not be exact). */
export type Evaluator = (evaluation: Evaluation) => Uint8Array[] | null;
