import type { DataItem } from '../../contract/data.ts';
import type { Problem } from '../../contract/model.ts';
import type { EvaluateResult, Evaluation } from '../../contract/results.ts';
import type { TaskName } from '../../contract/task.ts';
import type { Size } from '../../core/data/geometry.ts';
import type { InputArray } from '../../core/data/normalize.ts';
import type { Output } from '../../core/detect/output.ts';
import type { Mask } from '../images/mask.ts';

/** One sample that both models have seen. */
export interface JudgedSample {
  position: number;
  item: DataItem;
  /** Size of the upright image; null for feature data. */
  image: Size | null;
  /** What went in. */
  input: InputArray;
  /** null where the item has none. Read ahead of the inference. */
  mask: Mask | null;
}

/** The part of a model's evaluation that depends on the task. */
export type Score = Pick<Evaluation, 'labelled' | 'top1' | 'top5' | 'chance' | 'perClass'> &
  Partial<Pick<Evaluation, 'confidence' | 'detection' | 'segmentation' | 'regression'>>;

/** The part of a result that depends on the task. */
export interface Judgement {
  /** By model, in the order of the outputs. */
  scores: Score[];
  headline: NonNullable<EvaluateResult['headline']>;
  /** Percent of the samples with the same top-1; null for outputs that are no class scores or without a second model. */
  agreement: number | null;
  confusions?: NonNullable<EvaluateResult['confusions']>;
  problems: Problem[];
}

/** What one task makes of the outputs. */
export interface Judge {
  task: TaskName;
  /** The outputs that are read, as the first model names them. NaN in one of these ends the job. */
  reads: readonly string[];
  /**
   * @param outputs of each model, the judged one first; in each the same order
   * @throws CalibrantError where labels and outputs cannot belong together
   */
  add(sample: JudgedSample, outputs: readonly (readonly Output[])[]): void;
  finish(): Judgement;
}

/** For tasks without class scores. */
export const NO_SCORE: Score = { labelled: false, top1: null, top5: null, chance: null, perClass: [] };
