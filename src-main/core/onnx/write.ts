import { create, fromBinary, toBinary, type MessageInitShape } from '@bufbuild/protobuf';
import { codeOf } from './element-types.ts';
import type { Attribute, Graph, Model, Node, Tensor, TensorInfo } from './graph.ts';
import { AttributeProtoSchema, ModelProtoSchema, TensorProtoSchema, ValueInfoProtoSchema, type GraphProtoSchema, type NodeProtoSchema } from './schema_pb.ts';
import { int64Of } from './tensor.ts';

/**
 * Writes an ONNX file; all weights are inside it. The same model gives the same bytes.
 * @returns at most 2 GB, the limit of protobuf
 */
export function writeModel(model: Model): Uint8Array {
  return toBinary(
    ModelProtoSchema,
    create(ModelProtoSchema, {
      // Since version 4 a file need not list its constants as inputs; a Graph never does.
      irVersion: BigInt(Math.max(model.irVersion, 4)),
      producerName: model.producer,
      opsetImport: [...model.opsets].map(([domain, version]) => ({ domain, version: BigInt(version) })),
      metadataProps: [...model.metadata].map(([key, value]) => ({ key, value })),
      graph: writeGraph(model.graph),
      functions: model.functionBodies ?? [],
    }),
  );
}

function writeGraph(graph: Graph): MessageInitShape<typeof GraphProtoSchema> {
  const ends = new Set([...graph.inputs, ...graph.outputs].map((info) => info.name));
  return {
    name: graph.name,
    node: graph.nodes.map(writeNode),
    initializer: [...graph.constants.values()].map(writeTensor),
    input: graph.inputs.map(writeValue),
    output: graph.outputs.map(writeValue),
    valueInfo: [...graph.values.values()].filter((info) => !ends.has(info.name) && info.type !== 'other').map(writeValue),
  };
}

function writeNode(node: Node): MessageInitShape<typeof NodeProtoSchema> {
  return {
    input: node.inputs,
    output: node.outputs,
    name: node.name,
    opType: node.op,
    domain: node.domain,
    attribute: [...node.attributes].map(([name, attribute]) => writeAttribute(name, attribute)),
  };
}

function writeAttribute(name: string, attribute: Attribute): Uint8Array {
  if (attribute.kind === 'opaque') return attribute.value;
  return toBinary(AttributeProtoSchema, create(AttributeProtoSchema, { name, ...contentOf(attribute) }));
}

function contentOf(attribute: Exclude<Attribute, { kind: 'opaque' }>): MessageInitShape<typeof AttributeProtoSchema> {
  const utf8 = new TextEncoder();
  switch (attribute.kind) {
    case 'float':
      return { type: 1, f: attribute.value };
    case 'int':
      return { type: 2, i: int64Of(attribute.value) };
    case 'string':
      return { type: 3, s: utf8.encode(attribute.value) };
    case 'tensor':
      return { type: 4, t: writeTensor(attribute.value) };
    case 'graph':
      return { type: 5, g: writeGraph(attribute.value) };
    case 'floats':
      return { type: 6, floats: attribute.value };
    case 'ints':
      return { type: 7, ints: attribute.value.map(int64Of) };
    case 'strings':
      return { type: 8, strings: attribute.value.map((text) => utf8.encode(text)) };
  }
}

function writeTensor(tensor: Tensor): MessageInitShape<typeof TensorProtoSchema> {
  const head = { name: tensor.name, dataType: codeOf(tensor.type), dims: tensor.dims.map(BigInt) };
  if (tensor.type !== 'string') return { ...head, rawData: tensor.bytes };
  return { ...head, stringData: fromBinary(TensorProtoSchema, tensor.bytes).stringData };
}

function writeValue(info: TensorInfo): MessageInitShape<typeof ValueInfoProtoSchema> {
  if (info.type === 'other') return { name: info.name };
  const dim = info.shape?.map((size) => (typeof size === 'number' ? { dimValue: int64Of(size) } : size === null ? {} : { dimParam: size }));
  return { name: info.name, type: { tensorType: { elemType: codeOf(info.type), ...(dim ? { shape: { dim } } : {}) } } };
}
