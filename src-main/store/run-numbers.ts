import type { RunRow } from '../contract/projects.ts';
import type { RunResult } from '../contract/results.ts';

type Numbers = Pick<
  RunRow,
  'images' | 'floatTop1' | 'top1' | 'agreement' | 'floatBytes' | 'bytes' | 'floatLatencyMs' | 'latencyMs' | 'worstSqnrDb' | 'headline' | 'worstClass'
>;

/** The numbers by which runs are listed, sorted and compared, so that a list never has to read whole results. */
export function runNumbers({ quantize, evaluate, diagnose }: RunResult): Numbers {
  const sqnrs = diagnose.tensors.flatMap(({ cumulative }) => (cumulative.sqnrDb === null ? [] : [cumulative.sqnrDb]));
  return {
    images: evaluate.images,
    floatTop1: evaluate.against?.top1 ?? null,
    top1: evaluate.top1,
    agreement: evaluate.agreement ?? null,
    floatBytes: quantize.sizeBytes.float,
    bytes: quantize.sizeBytes.quantized,
    floatLatencyMs: evaluate.against?.latencyMs.median ?? null,
    latencyMs: evaluate.latencyMs.median,
    headline: evaluate.headline ?? null,
    worstClass: null,
    worstSqnrDb: sqnrs.length === 0 ? null : sqnrs.reduce((a, b) => Math.min(a, b)),
  };
}
