import type { Problem } from '../../contract/model.ts';
import type { PredictedError } from '../../contract/results.ts';
import { mergeStatistics } from './merge-statistics.ts';
import { Distribution } from './ranges/distribution.ts';
import { roundingError } from './ranges/error.ts';
import { fullCodes } from './scale.ts';
import type { Statistics } from './statistics.ts';
import type { Parameters, Plan, PlannedActivation } from './types.ts';

/**
 * What the quantization of every activation is going to cost, from its distribution alone, in the order of the graph. Tensors that were not observed (of fixed
 * ranges, or sharing those of another tensor) are left out.
 * @param activations chosen parameters by name
 */
export function predictErrors(plan: Plan, statistics: ReadonlyMap<string, Statistics>, activations: ReadonlyMap<string, Parameters>): PredictedError[] {
  const makers = makersOf(plan);
  return plan.activations
    .flatMap((planned) => {
      const parameters = activations.get(planned.name);
      const seen = statisticsOf(planned, statistics);
      return parameters && seen ? [{ maker: makers.get(planned.name), error: predictError(planned.name, seen, parameters) }] : [];
    })
    .sort((a, b) => (a.maker?.index ?? -1) - (b.maker?.index ?? -1))
    .map(({ maker, error: { tensor, ...figures } }) => ({ tensor, node: maker?.node ?? '', op: maker?.op ?? '', ...figures }));
}

/** Of the tensors whose range it has: what an activation function behind it cuts off is no loss. */
function statisticsOf({ name, range }: PlannedActivation, statistics: ReadonlyMap<string, Statistics>): Statistics | null {
  const own = statistics.get(name);
  if (own && (range.from !== 'observed' || range.observe.includes(name))) return own;
  const others = range.from === 'observed' ? range.observe.flatMap((tensor) => statistics.get(tensor) ?? []) : [];
  return others.length > 0 ? mergeStatistics(others) : null;
}

function makersOf({ model }: Plan): Map<string, { index: number; node: string; op: string }> {
  return new Map(model.graph.nodes.flatMap(({ name, op, outputs }, index) => outputs.map((output) => [output, { index, node: name, op }] as const)));
}

/** Below this the noise is a third of the signal and more, and so it is in what is computed of it. */
const NOISY_DB = 10;

/** What a recipe is going to lose too much of, in one sentence with the worst first. */
export function noisyTensors(errors: readonly PredictedError[]): Problem[] {
  const noisy = errors.filter(({ sqnrDb }) => sqnrDb !== null && sqnrDb < NOISY_DB).sort((a, b) => (a.sqnrDb as number) - (b.sqnrDb as number));
  const [worst] = noisy;
  if (!worst) return [];
  const named = noisy.slice(0, 3).map(({ tensor, sqnrDb }) => `${tensor} ${(sqnrDb as number).toFixed(1)} dB`);
  const message = `From its distribution, quantization is going to bury ${noisy.length === 1 ? 'a tensor' : `${noisy.length} tensors`} in noise (${named.join(', ')}${noisy.length > 3 ? ', …' : ''}); take another range method, 16 bits for ${noisy.length === 1 ? 'it' : 'them'}, or exclude the nodes.`;
  return [{ severity: 'warning', code: 'tensor-noisy', message, tensor: worst.tensor, ...(worst.node === '' ? {} : { node: worst.node }) }];
}

/** @param parameters per-tensor */
export function predictError(tensor: string, seen: Statistics, parameters: Parameters): Omit<PredictedError, 'node' | 'op'> {
  const distribution = new Distribution(seen);
  const codes = fullCodes(parameters.type);
  const zeroPoint = parameters.zeroPoint[0] as number;
  const { squares, clipped } = roundingError(distribution, parameters.scale[0] as number, codes.min - zeroPoint, codes.max - zeroPoint);
  const { count, squares: signal } = distribution.total;
  return {
    tensor,
    min: parameters.min[0] as number,
    max: parameters.max[0] as number,
    sqnrDb: signal > 0 && squares > 0 ? 10 * Math.log10(signal / squares) : null,
    clipped: (100 * Math.max(0, clipped)) / Math.max(1, count + distribution.zeros),
  };
}
