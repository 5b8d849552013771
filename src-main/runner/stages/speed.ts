import { arch } from 'node:os';
import type { Tensor } from 'onnxruntime-node';
import type { ModelSpeed, Speed } from '../../contract/evidence.ts';
import type { Placement, Provenance } from '../../contract/results.ts';
import { distributionOf } from '../../core/metrics/latency.ts';
import { findingsOf } from '../../core/speed/findings.ts';
import { intentOfFile, intentOfRecipe } from '../../core/speed/intent.ts';
import type { Kernel } from '../../core/speed/kernels.ts';
import { describeConversions, describeNodes, describeOperators } from '../../core/speed/nodes.ts';
import { openJudged, type JudgedModel } from '../judged-model.ts';
import type { JobContext } from '../progress.ts';
import { THREADS } from '../session.ts';
import { measureFresh } from '../speed/fresh-process.ts';
import { profileModel } from '../speed/profile.ts';
import { WARM_UP } from './latency.ts';

export interface SpeedRequest {
  /** The judged model, and the float one if there is one. */
  models: readonly [JudgedModel, JudgedModel | undefined];
  /** Milliseconds of inferences in turns (`measureLatency`), per model. */
  times: readonly number[][];
  /** One sample. */
  tensor: Tensor;
  /** Of the recipe that made the model; null: as the file itself says it. */
  placements: readonly Placement[] | null;
  machine: Pick<Provenance, 'cpuFlags'>;
}

/**
 * What two models cost on this machine, and which kernels ran. The times were measured in turns before; here each is loaded in a fresh process and run
 * under ONNX Runtime's profiler, at most about 4 s for both.
 */
export async function describeSpeed({ models, times, tensor, placements, machine }: SpeedRequest, context: JobContext): Promise<Speed> {
  const [subject, other] = models;
  const present = models.filter((model) => model !== undefined);
  context.progress.start('speed', 2 * present.length);
  const measured: { speed: ModelSpeed; kernels: Kernel[] }[] = [];
  for (const [i, model] of present.entries()) measured.push(await measureModel(model, times[i] as number[], tensor, context));
  const [quantized, float] = measured as [(typeof measured)[0], (typeof measured)[0]?];
  const { graph } = subject.model;
  const intent = placements ? intentOfRecipe(placements) : intentOfFile(graph);
  const speed: Omit<Speed, 'findings'> = {
    threads: THREADS,
    warmUp: WARM_UP,
    float: float?.speed ?? null,
    quantized: quantized.speed,
    nodes: describeNodes({ graph, kernels: quantized.kernels }, other && float ? { graph: other.model.graph, kernels: float.kernels } : null, intent),
    conversions: describeConversions(quantized.kernels),
  };
  const reasons = new Map((placements ?? []).map(({ node, reason }) => [node, reason]));
  const findings = findingsOf({ ...speed, graph, cpuFlags: machine.cpuFlags, arch: arch(), reasons });
  return { ...speed, findings };
}

async function measureModel(model: JudgedModel, times: number[], tensor: Tensor, context: JobContext): Promise<{ speed: ModelSpeed; kernels: Kernel[] }> {
  const fresh = await measureFresh({ path: model.path, dims: tensor.dims }, context.signal);
  const loadMs = fresh?.loadMs ?? (await timeToLoad(model));
  context.progress.step();
  const kernels = await profileModel(model, tensor, context.signal);
  context.progress.step();
  const imagesPerSecond = (1000 * times.length) / times.reduce((sum, time) => sum + time, 0);
  const speed = { times: distributionOf(times), imagesPerSecond, loadMs, peakBytes: fresh?.peakBytes ?? null, operators: describeOperators(kernels) };
  return { speed, kernels };
}

async function timeToLoad(model: JudgedModel): Promise<number> {
  const start = performance.now();
  const session = await openJudged(model);
  const loadMs = performance.now() - start;
  await session.close();
  return loadMs;
}
