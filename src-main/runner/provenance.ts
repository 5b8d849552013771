import { readFile } from 'node:fs/promises';
import { arch, cpus, platform, release } from 'node:os';
import { env } from 'onnxruntime-node';
import type { Provenance } from '../contract/results.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { THREADS } from './session.ts';

/** Flags that decide which integer kernels ONNX Runtime takes; the same model can give other results without them. */
const TELLING_FLAGS =
  /^(avx2?|fma|f16c|avx512(f|bw|dq|vl|_vnni|_bf16|_fp16)|avx_vnni(_int8)?|amx_(tile|int8|bf16)|sse4_2|asimd(dp|hp)?|i8mm|bf16|sve2?|dotprod)$/;

type OfJob = Pick<Provenance, 'modelSha256' | 'dataSha256' | 'preprocess' | 'task' | 'seed'>;

/** Everything needed to repeat a result on this machine, or to explain why another one differs. */
export async function describeProvenance(job: OfJob): Promise<Provenance> {
  return {
    calibrant: packageJson.version,
    onnxruntime: env.versions.node ?? env.versions.common,
    node: process.version,
    platform: `${platform()} ${release()} ${arch()}`,
    cpu: cpus()[0]?.model.trim() ?? '',
    cpuFlags: await cpuFlags(),
    threads: THREADS,
    ...job,
  };
}

/** Linux tells; elsewhere the list stays empty rather than guessed. */
async function cpuFlags(): Promise<string[]> {
  const text = await readFile('/proc/cpuinfo', 'utf8').catch(() => '');
  const line = /^(?:flags|Features)\s*:\s*(.*)$/m.exec(text)?.[1] ?? '';
  return line.split(/\s+/).filter((flag) => TELLING_FLAGS.test(flag)).sort(); // prettier-ignore
}
