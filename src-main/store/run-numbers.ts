import { judgedImages, worstClassOf } from '../contract/criteria.ts';
import type { RunRow } from '../contract/projects.ts';
import type { RunResult } from '../contract/results.ts';
import type { Headline } from '../contract/scores.ts';

type Numbers = Pick<
  RunRow,
  'images' | 'floatTop1' | 'top1' | 'agreement' | 'floatBytes' | 'bytes' | 'floatLatencyMs' | 'latencyMs' | 'worstSqnrDb' | 'headline' | 'worstClass'
>;

/** The numbers by which runs are listed, sorted and compared, so that a list never has to read whole results. */
export function runNumbers({ quantize, evaluate, diagnose }: RunResult): Numbers {
  const sqnrs = diagnose.tensors.flatMap(({ cumulative }) => (cumulative.sqnrDb === null ? [] : [cumulative.sqnrDb]));
  return {
    images: judgedImages(evaluate),
    floatTop1: evaluate.against?.top1 ?? null,
    top1: evaluate.top1,
    agreement: evaluate.agreement ?? null,
    floatBytes: quantize.sizeBytes.float,
    bytes: quantize.sizeBytes.quantized,
    floatLatencyMs: evaluate.against?.latencyMs.median ?? null,
    latencyMs: evaluate.latencyMs.median,
    headline: evaluate.headline ?? null,
    worstClass: worstClassOf(evaluate),
    worstSqnrDb: sqnrs.length === 0 ? null : sqnrs.reduce((a, b) => Math.min(a, b)),
  };
}

/** What the best run of a project is told by: the headline's value, negated where less is better; null where nothing is known. */
export function scoreOf({ headline, top1, agreement }: Pick<Numbers, 'headline' | 'top1' | 'agreement'>): number | null {
  const { value = null, higher = true } = headline ?? headlineOf({ top1, agreement, floatTop1: null }) ?? {};
  return value === null || higher ? value : -value;
}

/** Of runs that were made before there were headlines: top-1, or without labels the agreement with float. */
export function headlineOf({ top1, floatTop1, agreement }: Pick<Numbers, 'top1' | 'floatTop1' | 'agreement'>): Headline | null {
  if (top1 !== null) return { metric: 'top-1', unit: '%', higher: true, value: top1, float: floatTop1 };
  return agreement === null ? null : { metric: 'agreement', unit: '%', higher: true, value: agreement, float: null };
}
