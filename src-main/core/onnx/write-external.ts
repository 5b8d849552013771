import { subgraphsOf } from './attributes.ts';
import type { Graph, Model, Tensor } from './graph.ts';
import { join, lengthOf } from './pieces.ts';
import { modelPieces } from './write.ts';

/** Smaller constants stay inside: readers want shapes and axes at hand, and nothing is won. */
const OUTSIDE_FROM = 1024;

/** A margin below 2^31 bytes, beyond which no protobuf library reads a file. */
const LARGEST_FILE = 1.9e9;

/** For vector loads. */
const ALIGNMENT = 64;
/** Where large constants start, so that every system can map them: Windows maps at multiples of this, others at pages of 4096 or 16384. */
const MAPPED_ALIGNMENT = 65_536;
const MAPPED_FROM = 1 << 20;

export interface ModelFiles {
  /** The .onnx file. */
  model: Uint8Array;
  /** The file beside it, as pieces to be written one after the other; null where everything is inside. */
  external: { name: string; parts: readonly Uint8Array[]; bytes: number } | null;
}

export interface ModelFilesOptions {
  /** Names the file of weights, after their content: the name stands in the model. */
  externalName: (parts: readonly Uint8Array[]) => string;
  /** Weights go outside whatever their size. */
  external?: boolean;
  /** Bytes of a single file above which weights go outside. */
  threshold?: number;
}

/** Writes a model of any size: as one file, or with its larger constants in a second one, where they are views on the model's memory. */
export function writeModelFiles(model: Model, { externalName, external = false, threshold = LARGEST_FILE }: ModelFilesOptions): ModelFiles {
  const whole = modelPieces(model, () => undefined);
  const constants = external || lengthOf(whole) > threshold ? constantsOf(model.graph).filter(mayLieOutside) : [];
  if (constants.length === 0) return { model: join(whole), external: null };
  const parts: Uint8Array[] = [];
  // By their bytes: constants that shared their memory when they were read share their place again.
  const offsets = new Map<Uint8Array, number>();
  let bytes = 0;
  for (const { bytes: content } of constants) {
    if (offsets.has(content)) continue;
    const alignment = content.length >= MAPPED_FROM ? MAPPED_ALIGNMENT : ALIGNMENT;
    const offset = Math.ceil(bytes / alignment) * alignment;
    if (offset > bytes) parts.push(new Uint8Array(offset - bytes));
    parts.push(content);
    offsets.set(content, offset);
    bytes = offset + content.length;
  }
  const location = externalName(parts);
  const placeOf = (constant: Tensor) => {
    const offset = offsets.get(constant.bytes);
    return offset === undefined ? undefined : { location, offset };
  };
  return { model: join(modelPieces(model, placeOf)), external: { name: location, parts, bytes } };
}

/**
 * Writes a model whose larger constants are handed over in memory, each as a file of its own that exists nowhere. Bodies keep theirs: ONNX Runtime looks
 * for such files in the outer graph only.
 */
export function writeModelApart(model: Model): { model: Uint8Array; files: Map<string, Uint8Array> } {
  const constants = [...model.graph.constants.values()].filter(mayLieOutside);
  const locations = new Map(constants.map(({ bytes }, i) => [bytes, `constant-${i}`]));
  const own = new Set(constants);
  const placeOf = (constant: Tensor) => (own.has(constant) ? { location: locations.get(constant.bytes) as string, offset: 0 } : undefined);
  return { model: join(modelPieces(model, placeOf)), files: new Map([...locations].map(([bytes, location]) => [location, bytes])) };
}

function mayLieOutside({ type, bytes }: Tensor): boolean {
  return type !== 'string' && bytes.length >= OUTSIDE_FROM;
}

/** Those of bodies too; constants in attributes are no initializers, and always inside. */
function constantsOf(graph: Graph): Tensor[] {
  return [...graph.constants.values(), ...graph.nodes.flatMap((node) => subgraphsOf(node).flatMap(constantsOf))];
}
