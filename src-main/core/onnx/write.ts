import { create, toBinary } from '@bufbuild/protobuf';
import type { Model } from './graph.ts';
import { fieldOf, join, lengthOf, type Pieces } from './pieces.ts';
import { ModelProtoSchema } from './schema_pb.ts';
import { graphPieces, type PlaceOf } from './write-graph.ts';

/**
 * Writes an ONNX file; all weights are inside it, and copied once. The same model gives the same bytes.
 * @returns readable by others up to 2 GB, the limit of protobuf: see `writeModelFiles`
 */
export function writeModel(model: Model): Uint8Array {
  return join(modelPieces(model, inside));
}

/** Bytes of the file that `writeModel` makes, without making it. */
export function modelSize(model: Model): number {
  return lengthOf(modelPieces(model, inside));
}

const inside: PlaceOf = () => undefined;

/** An encoded ModelProto whose constants lie where `placeOf` says. */
export function modelPieces(model: Model, placeOf: PlaceOf): Pieces {
  const before = {
    // Since version 4 a file need not list its constants as inputs; a Graph never does.
    irVersion: BigInt(Math.max(model.irVersion, 4)),
    producerName: model.producer,
  };
  const after = {
    opsetImport: [...model.opsets].map(([domain, version]) => ({ domain, version: BigInt(version) })),
    metadataProps: [...model.metadata].map(([key, value]) => ({ key, value })),
    functions: model.functionBodies ?? [],
  };
  return [
    toBinary(ModelProtoSchema, create(ModelProtoSchema, before)),
    ...fieldOf(7, graphPieces(model.graph, placeOf)),
    toBinary(ModelProtoSchema, create(ModelProtoSchema, after)),
  ];
}
