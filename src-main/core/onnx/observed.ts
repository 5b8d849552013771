import type { Dim, ElementType, Model, TensorInfo } from './graph.ts';
import { opsetOf } from './opset.ts';
import { inferShapes } from './shapes.ts';
import { nothing } from './shapes/site.ts';

/** A tensor as a run gave it. */
export interface ObservedShape {
  type: ElementType;
  dims: readonly number[];
}

/**
 * Outputs of nodes of which the type or part of the shape is not known: what a run has to be asked for. A dynamic dimension of an input counts as known
 * wherever it passes through.
 * @param model with inferred shapes
 */
export function unknownTensors(model: Model): string[] {
  const open = dynamicDims(model);
  return model.graph.nodes.flatMap(({ outputs }) =>
    outputs.filter((name) => {
      const { type, shape } = model.graph.values.get(name) ?? nothing;
      return name !== '' && (type === 'other' || !shape || !shape.every((dim) => isKnown(dim, open)));
    }),
  );
}

/**
 * The same model with the gaps in types and shapes filled by what a run gave, and all that follows from it. What was known already stays; names that the
 * graph does not make are passed over.
 * @param observed tensor → type and shape, of a run with one sample
 */
export function withObserved(model: Model, observed: ReadonlyMap<string, ObservedShape>): Model {
  const open = dynamicDims(model);
  const values = new Map(model.graph.values);
  for (const node of model.graph.nodes) {
    for (const name of node.outputs) {
      const seen = observed.get(name);
      if (seen) values.set(name, filled(name, values.get(name), seen, open));
    }
  }
  return { ...model, graph: inferShapes({ ...model.graph, values }, opsetOf(model)) };
}

function filled(name: string, known: TensorInfo | undefined, { type, dims }: ObservedShape, open: ReadonlySet<Dim>): TensorInfo {
  const shape = known?.shape?.length === dims.length ? known.shape.map((dim, i) => (isKnown(dim, open) ? dim : (dims[i] as number))) : [...dims];
  return { name, type: known && known.type !== 'other' ? known.type : type, shape };
}

function isKnown(dim: Dim, open: ReadonlySet<Dim>): boolean {
  return typeof dim === 'number' || (dim !== null && open.has(dim));
}

/** The names in the shapes of the inputs. Others come from the file alone, and nothing fixes them. */
function dynamicDims({ graph }: Model): ReadonlySet<Dim> {
  return new Set(graph.inputs.flatMap(({ shape }) => (shape ?? []).filter((dim) => typeof dim === 'string')));
}
