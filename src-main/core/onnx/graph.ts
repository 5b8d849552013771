import type { Dim, ElementType, TensorInfo } from '../../contract/model.ts';

/**
 * A constant. `bytes` is little-endian raw data, row-major; for files it is a view on the file's bytes (never copied), for values that the file
 * keeps in typed fields or that a pass computes it is their own buffer. 4-bit types hold two values a byte, low nibble first. Strings are the
 * encoded `string_data` fields of TensorProto, one after the other.
 */
export interface Tensor {
  name: string;
  type: ElementType;
  dims: number[];
  bytes: Uint8Array;
}

export type Attribute =
  | { kind: 'float'; value: number }
  | { kind: 'int'; value: number }
  | { kind: 'string'; value: string }
  | { kind: 'tensor'; value: Tensor }
  | { kind: 'floats'; value: number[] }
  | { kind: 'ints'; value: number[] }
  | { kind: 'strings'; value: string[] }
  | { kind: 'graph'; value: Graph }
  /** Kinds that no supported operator uses (sparse tensors, type protos, lists of tensors or graphs): kept as their encoded AttributeProto. */
  | { kind: 'opaque'; value: Uint8Array };

export interface Node {
  /** Never empty and unique in the graph: unnamed nodes get `Op_index`. */
  name: string;
  op: string;
  /** '' is ai.onnx. */
  domain: string;
  /** '' stands for an optional input that is left out. */
  inputs: string[];
  outputs: string[];
  attributes: Map<string, Attribute>;
}

/** One graph. Passes return a new Graph and share what they leave alone; nothing is changed in place. */
export interface Graph {
  name: string;
  /** Without the initializers that old files list as inputs too. */
  inputs: TensorInfo[];
  outputs: TensorInfo[];
  /** Topologically sorted. */
  nodes: Node[];
  constants: Map<string, Tensor>;
  /** Known types and shapes of everything that is not a constant: from the file, then from shape inference. */
  values: Map<string, TensorInfo>;
}

export interface Model {
  irVersion: number;
  producer: string;
  /** domain ('' is ai.onnx) → version. */
  opsets: Map<string, number>;
  metadata: Map<string, string>;
  graph: Graph;
  /** Names of local functions (FunctionProto), which no pass understands yet. */
  functions: string[];
  /** Their encoded FunctionProtos, written back as they are. */
  functionBodies?: Uint8Array[];
  /** Constants that the file listed as graph inputs too (IR version 3 asked for it): reading takes them out of the inputs. */
  listedAsInputs?: string[];
}

export type { Dim, ElementType, TensorInfo };
