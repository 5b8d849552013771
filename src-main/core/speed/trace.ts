import * as v from 'valibot';
import type { Graph } from '../onnx/graph.ts';
import type { Kernel } from './kernels.ts';

/** What is read of ONNX Runtime's profile (a Chrome trace): one event for each kernel of each run. Durations are in µs. */
const EventSchema = v.object({
  cat: v.literal('Node'),
  name: v.string(),
  dur: v.number(),
  args: v.object({
    op_name: v.string(),
    input_type_shape: v.optional(v.array(v.record(v.string(), v.unknown()))),
  }),
});

const SUFFIX = '_kernel_time';

/**
 * The kernels of a profile in the order in which they ran, each with its median time. A kernel of a loop's body counts as often as it ran.
 * @param runs inferences in the profile
 * @param warmUp of which the first ones do not count
 */
export function readTrace(text: string, runs: number, warmUp: number): Kernel[] {
  const kernels = new Map<string, { op: string; type: string | null; durations: number[] }>();
  for (const candidate of JSON.parse(text) as unknown[]) {
    const event = v.safeParse(EventSchema, candidate);
    if (!event.success || !event.output.name.endsWith(SUFFIX)) continue;
    const { name, dur, args } = event.output;
    const key = name.slice(0, -SUFFIX.length);
    const known = kernels.get(key);
    if (known) known.durations.push(dur);
    else kernels.set(key, { op: args.op_name, type: Object.keys(args.input_type_shape?.[0] ?? {})[0] ?? null, durations: [dur] });
  }
  return [...kernels].map(([name, { op, type, durations }]) => {
    const counted = durations.slice(Math.round((durations.length * warmUp) / runs));
    return { name, op, type: type === null ? null : (ELEMENTS[type] ?? type), ms: (median(counted) * counted.length) / (runs - warmUp) / 1000, outputs: [] };
  });
}

/** C++ names of element types, as the profile says them. */
const ELEMENTS: Record<string, string> = { float: 'float32', double: 'float64' };

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle)] ?? 0)) / 2;
}

/** The kernels with the tensors that they make, from the graph that ONNX Runtime made of the model. */
export function withOutputs(kernels: readonly Kernel[], optimized: Graph): Kernel[] {
  const outputs = new Map(optimized.nodes.map((node) => [node.name, node.outputs.filter(Boolean)] as const));
  return kernels.map((kernel) => ({ ...kernel, outputs: outputs.get(kernel.name) ?? [] }));
}
