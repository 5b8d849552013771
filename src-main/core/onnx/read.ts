import { fromBinary } from '@bufbuild/protobuf';
import { BinaryReader } from '@bufbuild/protobuf/wire';
import { CalibrantError } from '../../contract/errors.ts';
import type { Model } from './graph.ts';
import { invalidModel } from './invalid.ts';
import { readGraph } from './read-graph.ts';
import type { ExternalReader } from './read-tensor.ts';
import { FunctionProtoSchema, ModelProtoSchema, type ModelProto } from './schema_pb.ts';

export type { ExternalReader };

/**
 * Reads an ONNX file. Weights stay views on `bytes` (and on what `external` returns), so these must not change afterwards.
 * Nodes come out topologically sorted, named, and with every name resolved; initializers that are listed as inputs are constants only.
 * @param external reads weights that are kept in files beside the model; it throws its own coded errors
 * @throws CalibrantError `model-empty`, `model-not-onnx`, `model-truncated`, `model-invalid`, `model-unsupported-type` (constants in types that
 *   cannot be kept), `model-external-data-missing`, `model-external-data-outside`
 */
export function readModel(bytes: Uint8Array, external?: ExternalReader): Model {
  checkOutline(bytes);
  const proto = decode(() => fromBinary(ModelProtoSchema, bytes, { readUnknownFields: false }));
  if (!proto.graph) throw invalidModel('it has no graph');
  const opsets = opsetsOf(proto);
  const notes: string[] = [];
  const graph = decode(() => readGraph(proto.graph as NonNullable<ModelProto['graph']>, { external, notes }));
  const functions = proto.functions.map((encoded) => {
    const { domain, name } = decode(() => fromBinary(FunctionProtoSchema, encoded, { readUnknownFields: false }));
    return domain ? `${domain}.${name}` : name;
  });
  return {
    irVersion: Number(proto.irVersion),
    producer: [proto.producerName, proto.producerVersion].filter(Boolean).join(' '),
    opsets,
    metadata: new Map(proto.metadataProps.map(({ key, value }) => [key, value])),
    graph,
    functions,
    ...(functions.length > 0 ? { functionBodies: proto.functions } : {}),
    ...(notes.length > 0 ? { listedAsInputs: notes } : {}),
  };
}

function opsetsOf(proto: ModelProto): Map<string, number> {
  const opsets = new Map<string, number>();
  for (const { domain, version } of proto.opsetImport) {
    if (version < 1n || version > 2n ** 31n) throw invalidModel(`it asks for version ${version} of the operator set ${domain || 'ai.onnx'}`);
    opsets.set(domain === 'ai.onnx' ? '' : domain, Number(version));
  }
  // Files before IR version 3 name no operator set; they use the first.
  if (!opsets.has('') && proto.irVersion < 3n) opsets.set('', 1);
  return opsets;
}

/** Fields of ModelProto that start a varint (0) or a length (2). */
const TOP_LEVEL = new Map([
  [1, 0],
  [2, 2],
  [3, 2],
  [4, 2],
  [5, 0],
  [6, 2],
  [7, 2],
  [8, 2],
  [14, 2],
  [20, 2],
  [25, 2],
  [26, 2],
]);

/** Tells a file of another kind from an ONNX file that ends too early: the decoder would call both malformed. */
function checkOutline(bytes: Uint8Array): void {
  if (bytes.length === 0) {
    throw new CalibrantError('model-empty', 'The model file is empty (0 bytes); copy or export it again.');
  }
  if (String.fromCharCode(...bytes.subarray(4, 8)) === 'TFL3') throw notOnnx('it is a TensorFlow Lite file');
  const reader = new BinaryReader(bytes);
  while (reader.pos < bytes.length) {
    const start = reader.pos;
    try {
      const [field, wireType] = reader.tag();
      if (TOP_LEVEL.get(field) !== wireType) throw notOnnx(`byte ${start} starts nothing that an ONNX model has`);
      reader.skip(wireType, field);
    } catch (error) {
      if (error instanceof CalibrantError) throw error;
      if (error instanceof RangeError) throw truncated(bytes.length, error);
      throw notOnnx(`byte ${start} starts nothing that an ONNX model has`, error);
    }
  }
}

function decode<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof CalibrantError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new CalibrantError('model-invalid', `The model is damaged inside (${reason}); copy or export it again.`, { reason }, error);
  }
}

function truncated(length: number, cause: unknown): CalibrantError {
  return new CalibrantError('model-truncated', `The model file ends too early, after ${length} bytes; copy or export it again.`, { bytes: length }, cause);
}

function notOnnx(reason: string, cause?: unknown): CalibrantError {
  return new CalibrantError('model-not-onnx', `The file is not an ONNX model (${reason}); choose a file that an ONNX exporter wrote.`, undefined, cause);
}
