import './no-telemetry.ts';
import { availableParallelism } from 'node:os';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { CalibrantError } from '../contract/errors.ts';
import { ELEMENT_TYPES, type ElementType, type TensorInfo } from '../contract/model.ts';
import type { Model } from '../core/onnx/graph.ts';
import { writeModelApart } from '../core/onnx/write-external.ts';

/** More do not help models of this size, and fewer images would be decoded beside them. */
export const THREADS = Math.min(4, availableParallelism());

const OPTIONS: InferenceSession.SessionOptions = {
  interOpNumThreads: 1,
  executionMode: 'sequential',
  logSeverityLevel: 4,
  // Spinning threads take the cores from the decoders between two inferences: with both at work, 15 ms instead of 6.5 ms for MobileNetV2 on two cores.
  extra: { session: { intra_op: { allow_spinning: '0' }, inter_op: { allow_spinning: '0' } } },
};

/** One model in ONNX Runtime. */
export interface Session {
  inputs: TensorInfo[];
  outputs: TensorInfo[];
  /** The outputs by name. They are overwritten by the next run: memory is taken once, at the first. */
  run(input: Tensor): Promise<Record<string, Tensor>>;
  close(): Promise<void>;
}

export interface SessionChoices {
  /** Off: every node is computed as it stands in the file. */
  optimize?: boolean;
  /** Threads that compute one inference. */
  threads?: number;
}

/** A model file (with external data: its path, so that ONNX Runtime finds them beside it), its bytes, or a model in memory. Survives structured clone. */
export type ModelSource = string | Uint8Array | Model;

/** Throws `model-refused-by-runtime` with ONNX Runtime's own words. */
export function openSession(source: ModelSource, name: string, choices?: SessionChoices): Promise<Session> {
  return typeof source === 'string' || source instanceof Uint8Array ? opened(source, name, optionsFor(choices)) : openModel(source, name, choices);
}

/**
 * Opens a model of any size from memory. Its weights go to ONNX Runtime one by one: written into one file they would have to stay below 2 GB, and lie in
 * memory twice more, as the file and as what is decoded from it. For 0.5 GB of weights: 1.2 GB at the peak instead of 2.1 GB, and nothing on the disk.
 * Throws `model-refused-by-runtime`.
 */
export function openModel(model: Model, name: string, choices?: SessionChoices): Promise<Session> {
  const { model: bytes, files } = writeModelApart(model);
  return opened(bytes, name, { ...optionsFor(choices), externalData: [...files].map(([path, data]) => ({ path, data })) });
}

/** What every session is opened with. */
export function optionsFor({ optimize = true, threads = THREADS }: SessionChoices = {}): InferenceSession.SessionOptions {
  return { ...OPTIONS, intraOpNumThreads: threads, graphOptimizationLevel: optimize ? 'all' : 'disabled' };
}

async function opened(model: string | Uint8Array, name: string, options: InferenceSession.SessionOptions): Promise<Session> {
  const session = await create(model, options).catch((cause: unknown) => {
    throw refused(name, cause);
  });
  const [input = ''] = session.inputNames;
  let fetches: Record<string, Tensor> | null = null;
  let stable = true;

  const runFresh = async (feeds: Record<string, Tensor>) => {
    try {
      return (await session.run(feeds)) as Record<string, Tensor>;
    } catch (cause) {
      throw new CalibrantError(
        'model-refused-by-runtime',
        `ONNX Runtime cannot run ${name}; repair it or export it again. It says: ${shorten(cause)}`,
        { said: textOf(cause) },
        cause,
      );
    }
  };
  return {
    inputs: session.inputMetadata.map(toTensorInfo),
    outputs: session.outputMetadata.map(toTensorInfo),
    run: async (tensor) => {
      const feeds = { [input]: tensor };
      if (fetches) {
        try {
          await session.run(feeds, fetches);
          return fetches;
        } catch {
          // An output whose shape depends on the values (NonMaxSuppression, NonZero) does not fit where the last one lay.
          fetches = null;
          stable = false;
        }
      }
      const outputs = await runFresh(feeds);
      if (stable) fetches = outputs;
      return outputs;
    },
    close: () => session.release(),
  };
}

function create(model: string | Uint8Array, options: InferenceSession.SessionOptions): Promise<InferenceSession> {
  return typeof model === 'string' ? InferenceSession.create(model, options) : InferenceSession.create(model, options);
}

function toTensorInfo(meta: InferenceSession.ValueMetadata): TensorInfo {
  if (!meta.isTensor) return { name: meta.name, type: 'other', shape: null };
  return { name: meta.name, type: isElementType(meta.type) ? meta.type : 'other', shape: [...meta.shape].map((dim) => (dim === '' ? null : dim)) };
}

function isElementType(type: string): type is ElementType {
  return (ELEMENT_TYPES as readonly string[]).includes(type);
}

function refused(name: string, cause: unknown): CalibrantError {
  const reason = shorten(cause);
  return new CalibrantError(
    'model-refused-by-runtime',
    `ONNX Runtime does not load ${name}; repair it or export it again. It says: ${reason}`,
    { reason, said: textOf(cause) },
    cause,
  );
}

const SHOWN_CHARACTERS = 240;

/** `/path/file.cc:12 void onnxruntime::f(const T&) const [with T = float] `, with which its messages begin. */
const CPP_PLACE = /\/\S*\.(cc|h):\d+\s+[^()]*(\(\))?\([^()]*\)( const)?( \[with [^\]]*\])?\s*/g;

/** The whole signature of a node, with which the reason would be cut off. */
const INVALID_NODE = /^This is an invalid model\. In Node, \("([^"]*)", (\w+), .*?, Error /;

/** ONNX Runtime prefixes its messages with paths, C++ locations and the same words twice; what counts stands last. */
function shorten(cause: unknown): string {
  const [line = ''] = textOf(cause).split('\n');
  const text = line
    .replace(/^.*?failed:\s*/i, '')
    .replace(CPP_PLACE, '')
    .replace(/^\[ONNXRuntimeError\] : \d+ : \w+ : (\w+\.(cc|h):\d+ \w+ )?/, '')
    .replace(INVALID_NODE, 'node $1 ($2): ')
    .trim()
    .replace(/\.$/, '');
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : `${text}.`;
}

function textOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
