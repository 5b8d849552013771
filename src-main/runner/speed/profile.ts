import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession, type Tensor } from 'onnxruntime-node';
import type { Model } from '../../core/onnx/graph.ts';
import { readModel } from '../../core/onnx/read.ts';
import { writeModelApart } from '../../core/onnx/write-external.ts';
import type { Kernel } from '../../core/speed/kernels.ts';
import { readTrace, withOutputs } from '../../core/speed/trace.ts';
import { throwIfCancelled } from '../feed.ts';
import type { JudgedModel } from '../judged-model.ts';
import { optionsFor } from '../session.ts';

const PREFIX = 'calibrant-profile-';
/** Nobody profiles for so long. */
const LEFT_OVER_MS = 3_600_000;

const WARM_UP = 2;
const RUNS_AT_LEAST = 3;
const RUNS_AT_MOST = 20;
const BUDGET_MS = 700;
/** ONNX Runtime keeps a million events at most; a trace of 40,000 is 40 MB of JSON. */
const EVENTS_AT_MOST = 40_000;
/** The optimized graph is written with its weights; of larger models only the names in the trace are read. */
const LARGEST_DUMP = 100e6;

/**
 * Runs a model under ONNX Runtime's profiler. What it writes goes to a temporary folder that is gone afterwards, whatever happens.
 * Throws `job-cancelled`, and ONNX Runtime's own error.
 */
export async function profileModel(model: Pick<JudgedModel, 'model' | 'bytes'>, tensor: Tensor, signal: AbortSignal): Promise<Kernel[]> {
  await sweepLeftovers();
  const folder = await mkdtemp(join(tmpdir(), PREFIX));
  try {
    const dump = join(folder, 'optimized.onnx');
    const dumped = model.bytes <= LARGEST_DUMP;
    const session = await open(model.model, {
      enableProfiling: true,
      profileFilePrefix: join(folder, 'trace'),
      ...(dumped ? { optimizedModelFilePath: dump } : {}),
    });
    let runs = 0;
    try {
      const most = Math.max(WARM_UP + RUNS_AT_LEAST, Math.min(RUNS_AT_MOST, Math.floor(EVENTS_AT_MOST / Math.max(1, model.model.graph.nodes.length))));
      const [input = ''] = session.inputNames;
      const start = performance.now();
      while (runs < most && (runs < WARM_UP + RUNS_AT_LEAST || performance.now() - start < BUDGET_MS)) {
        throwIfCancelled(signal);
        await session.run({ [input]: tensor });
        runs += 1;
      }
      session.endProfiling();
    } finally {
      await session.release();
    }
    const trace = (await readdir(folder)).find((name) => name.startsWith('trace'));
    if (trace === undefined) return [];
    const kernels = readTrace(await readFile(join(folder, trace), 'utf8'), runs, WARM_UP);
    return dumped ? withOutputs(kernels, readModel(new Uint8Array(await readFile(dump))).graph) : kernels;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A runner that was killed could not remove its folder. */
async function sweepLeftovers(): Promise<void> {
  const names = (await readdir(tmpdir())).filter((name) => name.startsWith(PREFIX));
  for (const path of names.map((name) => join(tmpdir(), name))) {
    const made = await stat(path).catch(() => null);
    if (made && Date.now() - made.mtimeMs > LEFT_OVER_MS) await rm(path, { recursive: true, force: true }).catch(() => undefined);
  }
}

/** From memory, since reading gave a name to every node: the profiler calls those that have none by numbers of its own. */
function open(model: Model, extra: InferenceSession.SessionOptions): Promise<InferenceSession> {
  const { model: bytes, files } = writeModelApart(model);
  return InferenceSession.create(bytes, { ...optionsFor(), ...extra, externalData: [...files].map(([path, data]) => ({ path, data })) });
}
