import { create, fromBinary, toBinary, type MessageInitShape } from '@bufbuild/protobuf';
import { codeOf } from './element-types.ts';
import type { Attribute, Graph, Node, Tensor, TensorInfo } from './graph.ts';
import { fieldOf, join, type Pieces } from './pieces.ts';
import { AttributeProtoSchema, GraphProtoSchema, TensorProtoSchema, type NodeProtoSchema, type ValueInfoProtoSchema } from './schema_pb.ts';
import { int64Of } from './tensor.ts';

/** Where a constant lies outside the model file; undefined for one that is inside. */
export type PlaceOf = (constant: Tensor) => { location: string; offset: number } | undefined;

/** Encodes a GraphProto. Fields stand in the order of their numbers, as every protobuf library writes them. */
export function graphPieces(graph: Graph, placeOf: PlaceOf): Pieces {
  const ends = new Set([...graph.inputs, ...graph.outputs].map((info) => info.name));
  const before = { name: graph.name, node: graph.nodes.map((node) => writeNode(node, placeOf)) };
  const after = {
    input: graph.inputs.map(writeValue),
    output: graph.outputs.map(writeValue),
    valueInfo: [...graph.values.values()].filter((info) => !ends.has(info.name) && info.type !== 'other').map(writeValue),
  };
  return [
    toBinary(GraphProtoSchema, create(GraphProtoSchema, before)),
    ...[...graph.constants.values()].flatMap((constant) => fieldOf(5, constantPieces(constant, placeOf))),
    toBinary(GraphProtoSchema, create(GraphProtoSchema, after)),
  ];
}

function constantPieces(constant: Tensor, placeOf: PlaceOf): Pieces {
  const place = placeOf(constant);
  if (!place) return tensorPieces(constant);
  const entries = { location: place.location, offset: place.offset, length: constant.bytes.length };
  const externalData = Object.entries(entries).map(([key, value]) => ({ key, value: String(value) }));
  return [toBinary(TensorProtoSchema, create(TensorProtoSchema, { ...headOf(constant), externalData, dataLocation: 1 }))];
}

function tensorPieces(tensor: Tensor): Pieces {
  const head = create(TensorProtoSchema, headOf(tensor));
  if (tensor.type !== 'string') return [toBinary(TensorProtoSchema, head), ...fieldOf(9, [tensor.bytes])];
  head.stringData = fromBinary(TensorProtoSchema, tensor.bytes).stringData;
  return [toBinary(TensorProtoSchema, head)];
}

function headOf(tensor: Tensor): { name: string; dataType: number; dims: bigint[] } {
  return { name: tensor.name, dataType: codeOf(tensor.type), dims: tensor.dims.map(BigInt) };
}

function writeNode(node: Node, placeOf: PlaceOf): MessageInitShape<typeof NodeProtoSchema> {
  return {
    input: node.inputs,
    output: node.outputs,
    name: node.name,
    opType: node.op,
    domain: node.domain,
    attribute: [...node.attributes].map(([name, attribute]) => writeAttribute(name, attribute, placeOf)),
  };
}

function writeAttribute(name: string, attribute: Attribute, placeOf: PlaceOf): Uint8Array {
  const encode = (fields: MessageInitShape<typeof AttributeProtoSchema>): Uint8Array => toBinary(AttributeProtoSchema, create(AttributeProtoSchema, fields));
  const utf8 = new TextEncoder();
  switch (attribute.kind) {
    case 'opaque':
      return attribute.value;
    case 'float':
      return encode({ name, type: 1, f: attribute.value });
    case 'int':
      return encode({ name, type: 2, i: int64Of(attribute.value) });
    case 'string':
      return encode({ name, type: 3, s: utf8.encode(attribute.value) });
    case 'tensor':
      return join([encode({ name }), ...fieldOf(5, tensorPieces(attribute.value)), encode({ type: 4 })]);
    case 'graph':
      return join([encode({ name }), ...fieldOf(6, graphPieces(attribute.value, placeOf)), encode({ type: 5 })]);
    case 'floats':
      return encode({ name, type: 6, floats: attribute.value });
    case 'ints':
      return encode({ name, type: 7, ints: attribute.value.map(int64Of) });
    case 'strings':
      return encode({ name, type: 8, strings: attribute.value.map((text) => utf8.encode(text)) });
  }
}

function writeValue(info: TensorInfo): MessageInitShape<typeof ValueInfoProtoSchema> {
  if (info.type === 'other') return { name: info.name };
  const dim = info.shape?.map((size) => (typeof size === 'number' ? { dimValue: int64Of(size) } : size === null ? {} : { dimParam: size }));
  return { name: info.name, type: { tensorType: { elemType: codeOf(info.type), ...(dim ? { shape: { dim } } : {}) } } };
}
