/** The entry of a process that loads one model and tells what that took: see `fresh-process.ts`, which starts it. */
import '../no-telemetry.ts';
import { readFileSync, writeFileSync } from 'node:fs';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { optionsFor } from '../session.ts';
import type { Fresh, FreshTask } from './fresh-process.ts';

const RUNS = 3;

// The one who asked is gone.
process.on('disconnect', () => process.exit(0));
process.once('message', (task: FreshTask) => {
  void measure(task).then(
    (fresh) => process.send?.(fresh),
    () => process.exit(1),
  );
});

async function measure({ path, dims }: FreshTask): Promise<Fresh> {
  // Sets the peak back to what is resident now (proc(5)).
  writeFileSync('/proc/self/clear_refs', '5');
  const before = residentBytes('VmRSS');
  const start = performance.now();
  const session = await InferenceSession.create(path, optionsFor());
  const loadMs = performance.now() - start;
  const [input = ''] = session.inputNames;
  const [meta] = session.inputMetadata;
  const tensor = zeros(meta?.isTensor ? meta.type : 'float32', dims);
  for (let run = 0; run < RUNS; run++) await session.run({ [input]: tensor });
  return { loadMs, peakBytes: residentBytes('VmHWM') - before };
}

function zeros(type: string, dims: readonly number[]): Tensor {
  const size = dims.reduce((product, dim) => product * dim, 1);
  if (type === 'uint8') return new Tensor('uint8', new Uint8Array(size), dims);
  if (type === 'int8') return new Tensor('int8', new Int8Array(size), dims);
  if (type === 'float16') return new Tensor('float16', new Uint16Array(size), dims);
  return new Tensor('float32', new Float32Array(size), dims);
}

function residentBytes(field: 'VmRSS' | 'VmHWM'): number {
  const kilobytes = new RegExp(`^${field}:\\s*(\\d+) kB`, 'm').exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  if (kilobytes === undefined) throw new Error(`The system does not tell ${field}`);
  return Number(kilobytes) * 1024;
}
