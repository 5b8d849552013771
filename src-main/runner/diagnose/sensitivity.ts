import type { Sensitivity, WeightError } from '../../contract/evidence.ts';
import { CalibrantError } from '../../contract/errors.ts';
import type { Problem } from '../../contract/model.ts';
import { localError, type ComparisonSums } from '../../core/metrics/compare-tensors.ts';
import { decibels } from '../../core/metrics/tensor-error.ts';
import type { Model } from '../../core/onnx/graph.ts';
import { prepareModel } from '../../core/onnx/prepare.ts';
import { layersOf, type Layer } from '../../core/quant/judge/layers.ts';
import { estimateSensitivity, type Estimate, type Measured } from '../../core/quant/judge/sensitivity.ts';
import { compareWeights, weightError } from '../../core/quant/judge/weight-errors.ts';
import type { JobData } from '../job-data.ts';
import type { JudgedModel } from '../judged-model.ts';
import { warning } from '../problems.ts';
import type { JobContext } from '../progress.ts';
import { measureLayers } from './confirm.ts';
import type { MeasuredPair } from './describe.ts';
import type { ModelPair } from './pair-sessions.ts';

export interface Blame {
  weights: WeightError[];
  sensitivity: Sensitivity[];
  problems: Problem[];
}

/**
 * Which weights lost most, and what each layer alone does to the outputs: estimated for all, measured for the `confirm` most harmful. What cannot be told of a
 * model is left out with a reason; nothing of it fails the diagnosis. Throws `job-cancelled`.
 */
export async function findBlame(
  models: ModelPair,
  [float, quantized]: readonly [JudgedModel, JudgedModel],
  { pairs, input }: { pairs: readonly MeasuredPair[]; input: ComparisonSums | null },
  data: JobData,
  positions: Uint32Array,
  confirm: number,
  context: JobContext,
): Promise<Blame> {
  context.progress.start('sensitivity', 1);
  const prepared = prepare(models.float, float.name);
  if (!('graph' in prepared)) return { weights: [], sensitivity: [], problems: [prepared] };
  const { weights, unmatched } = compareWeights(prepared, float.model, quantized.model);
  const problems: Problem[] = unmatched.length > 0 ? [unmatchedWarning(unmatched, weights.length, float.name, quantized.name)] : [];
  const parameters = new Map(pairs.flatMap(({ pair }) => (pair.parameters ? [[pair.name, pair.parameters] as const] : [])));
  const layers = [...(models.input ? [models.input] : []), ...layersOf(prepared, parameters, weights)];
  const measuredTensors = new Map([...measuredBy(pairs), ...(input ? [[data.input.name, input] as const] : [])]);
  const estimates = estimateSensitivity(prepared, layers, measuredTensors).sort((a, b) => b.output - a.output);
  const { measured, failed } = await measureLayers(prepared, estimates.slice(0, confirm).map(({ layer }) => layer), data, positions, context); // prettier-ignore
  if (failed) problems.push(failed);
  if (models.input && input) problems.push(...inputWarning(models.input, input, quantized.name));
  const placeOf = placesIn(float.model);
  const sensitivity = estimates.map((estimate, index): Sensitivity => {
    const { node } = estimate.layer;
    return { node: node.name, op: node.op, index: placeOf(estimate), estimateDb: decibels(1, estimate.output), measured: measured[index] ?? null };
  });
  return { weights: weights.map(weightError), sensitivity: inOrder(sensitivity), problems };
}

/** null in place of a measured SQNR: no error at all. */
function inOrder(all: Sensitivity[]): Sensitivity[] {
  const harm = ({ measured, estimateDb }: Sensitivity): number => (measured ? measured.outputSqnrDb : estimateDb) ?? Infinity;
  const sorted = (some: Sensitivity[]): Sensitivity[] => some.toSorted((a, b) => harm(a) - harm(b));
  return [...sorted(all.filter(({ measured }) => measured)), ...sorted(all.filter(({ measured }) => !measured))];
}

function prepare(float: Model, name: string): Model | Problem {
  try {
    return prepareModel(float).model;
  } catch (error) {
    if (!(error instanceof CalibrantError)) throw error;
    return warning('diagnose-no-layers', `Weights and single layers of ${name} were not looked at: ${error.message}`);
  }
}

/** Where only what an activation makes of a tensor was compared, that stands for it. */
function measuredBy(pairs: readonly MeasuredPair[]): Measured {
  const found = pairs.flatMap(({ pair, sums }) => (sums ? [{ pair, sums }] : []));
  return new Map([...found.map(({ pair, sums }) => [pair.floatTensor, sums] as const), ...found.map(({ pair, sums }) => [pair.name, sums] as const)]);
}

/** Positions in the file's graph, by the name of the node, or else by what it makes; -1 for an input. */
function placesIn({ graph }: Model): (estimate: Estimate) => number {
  const nodes = new Map(graph.nodes.map((node, index) => [node.name, index]));
  const makers = new Map(graph.nodes.flatMap((node, index) => node.outputs.map((name) => [name, index] as const)));
  return ({ layer: { node, output } }) => nodes.get(node.name) ?? makers.get(output) ?? -1;
}

/** Below, rounding the input costs more than 8 bits ever have to: pixels themselves are no finer. */
const FINE_INPUT_DB = 30;

function inputWarning({ node, quantized }: Layer, sums: ComparisonSums, file: string): Problem[] {
  const sqnrDb = localError(sums)?.sqnrDb ?? null;
  const scale = quantized?.parameters.scale[0] ?? 0;
  if (sqnrDb === null || sqnrDb >= FINE_INPUT_DB) return [];
  const [low, high] = [quantized?.parameters.min, quantized?.parameters.max].map((end) => Number((end?.[0] ?? 0).toPrecision(3)));
  const [least, most] = [sums.min, sums.max].map((end) => Number((end[0] as number).toPrecision(3)));
  return [
    warning(
      'diagnose-input-range',
      `${file} quantizes its input ${node.name} from ${low} to ${high} in steps of ${Number(scale.toPrecision(3))}, and these samples reach from ${least} to ${most}: with that rounding alone the input has an SQNR of ${sqnrDb.toFixed(1)} dB. It was probably calibrated with another preprocessing; quantize the float model again with the one that it is used with.`,
    ),
  ];
}

function unmatchedWarning([first = '', ...others]: string[], matched: number, float: string, quantized: string): Problem {
  const count = others.length + 1;
  const which = others.length > 0 ? `${first} and ${others.length} more` : first;
  return warning(
    'diagnose-weights-unmatched',
    `${count} of the ${count + matched} quantized weights of ${quantized} have no counterpart in ${float} by name, shape or order, and are left out of the weights: ${which}.`,
  );
}
