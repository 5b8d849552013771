import { CalibrantError } from '../../contract/errors.ts';
import type { Override, Recipe } from '../../contract/recipe.ts';
import { namesDefinedIn } from '../onnx/names.ts';
import { didYouMean } from './nearest.ts';
import type { Placed } from './place.ts';
import { bitsOfCodes, fullCodes } from './scale.ts';
import type { Given, PlannedActivation, PlannedWeight, Scheme } from './types.ts';
import type { GraphView } from './view.ts';

interface Planned {
  activations: PlannedActivation[];
  weights: PlannedWeight[];
}

/**
 * Lets a recipe's overrides decide over single tensors. An override of a tensor that shares its parameters would tear the group apart, so it has to name
 * the tensor that the parameters are of.
 * @param view of the prepared model
 * @throws CalibrantError `recipe-invalid` for a tensor that does not exist or is not quantized, or for what it cannot have
 */
export function applyOverrides({ activations, weights }: Planned, recipe: Recipe, placed: Placed, view: GraphView): Planned {
  const left = new Map(Object.entries(recipe.overrides));
  const take = (name: string): Override | undefined => {
    const override = left.get(name);
    left.delete(name);
    return override;
  };
  const planned = {
    activations: activations.map((activation) => {
      const override = take(activation.name);
      if (!override) return activation;
      checkType(activation.name, override, activation.scheme, recipe);
      return overriddenActivation(activation, override);
    }),
    weights: weights.map((weight) => {
      const override = take(weight.name);
      if (!override) return weight;
      // Constants of element-wise operators are of the activations' type.
      if (weight.channelAxis === null) checkType(weight.name, override, weight.scheme, recipe);
      return overriddenWeight(weight, override, recipe, takesChannels(weight, placed, view));
    }),
  };
  for (const name of left.keys()) throw new CalibrantError('recipe-invalid', reasonAgainst(name, placed, namesDefinedIn(view.graph)), { tensor: name });
  return planned;
}

function reasonAgainst(name: string, placed: Placed, names: ReadonlySet<string>): string {
  const final = placed.renamed.get(name);
  if (final !== undefined) return `The recipe overrides the tensor ${name}, which vanishes in ${final}; override ${final} instead.`;
  if (names.has(name)) return `The recipe overrides the tensor ${name}, which stays float; take the override out, or quantize the node that makes it.`;
  return `The recipe overrides a tensor ${name}, which the prepared model does not have; pick a name from the list of tensors.${didYouMean(name, names)}`;
}

/** Between integer operators all codes are of one type, and nowhere are there kernels for activations of 4 bits. */
function checkType(name: string, { type }: Override, { type: common }: Scheme, { format }: Recipe): void {
  if (type === undefined || type === common) return;
  if (format === 'qoperator') {
    throw new CalibrantError('recipe-invalid', `The recipe wants ${name} as ${type}, but the integer operators around it take ${common} only; leave its type, or take the format qdq.`, { tensor: name }); // prettier-ignore
  }
  if (format === 'qdq' && bitsOfCodes(type) === 4) {
    throw new CalibrantError('recipe-invalid', `The recipe wants the activation ${name} as ${type}, and no kernel computes with activations of 4 bits; take 8 or 16.`, { tensor: name }); // prettier-ignore
  }
}

function overriddenActivation(activation: PlannedActivation, override: Override): PlannedActivation {
  const { name, range } = activation;
  if (range.from === 'shared') {
    throw new CalibrantError('recipe-invalid', `The recipe overrides the tensor ${name}, which shares the parameters of ${range.with}; override ${range.with} instead.`, { tensor: name }); // prettier-ignore
  }
  if (override.granularity === 'per-channel') {
    throw new CalibrantError('recipe-invalid', `The recipe wants the activation ${name} per channel, which no kernel computes with; only weights have channels.`, { tensor: name }); // prettier-ignore
  }
  const given = givenBy(name, override, { ...activation.scheme, ...schemeOf(override) });
  return { ...activation, scheme: { ...activation.scheme, ...schemeOf(override) }, range: given ? { from: 'given', given, by: 'the recipe' } : range };
}

/** Whether the kernels of all nodes that use it have a scale for each channel. */
function takesChannels({ name, nodes, channelAxis }: PlannedWeight, { integer }: Placed, view: GraphView): boolean {
  const rank = view.constant(name)?.dims.length ?? 0;
  return channelAxis !== null && [...integer].every(([node, rule]) => !nodes.includes(node.name) || (rule.weight?.perChannel?.(rank) ?? true));
}

function overriddenWeight(weight: PlannedWeight, override: Override, { format, activations, ortParity }: Recipe, takesChannels: boolean): PlannedWeight {
  const { name: tensor, channelAxis } = weight;
  const refuse = (reason: string): never => {
    throw new CalibrantError('recipe-invalid', `The recipe wants ${tensor} ${reason}.`, { tensor });
  };
  const scheme = { ...weight.scheme, ...schemeOf(override) };
  if (override.granularity !== undefined) Object.assign(scheme, { axis: null, blockSize: null });
  if (override.granularity === 'per-channel') {
    if (channelAxis === null) refuse('per channel, and it has no channels');
    if (!takesChannels) refuse('per channel, which the kernel of its node does not take; take per-tensor');
    scheme.axis = channelAxis;
  }
  const computed = format !== 'weight-only' && channelAxis !== null && !ortParity;
  if (computed && scheme.axis === channelAxis && scheme.blockSize === null && !scheme.symmetric) {
    // Integer kernels want one zero point for all channels.
    if (override.symmetric === false) refuse('asymmetric per channel, and kernels take one zero point for all channels; take per-tensor, or symmetric');
    scheme.symmetric = true;
  }
  if (computed && format !== 'dynamic' && activations === 'int8' && scheme.type === 'uint8')
    refuse('as uint8, which no kernel multiplies with int8 activations');
  const given = givenBy(tensor, override, scheme);
  return { ...weight, scheme: given ? { ...scheme, axis: null, blockSize: null } : scheme, given: given ? { given, by: 'the recipe' } : weight.given };
}

function schemeOf({ type, symmetric, codes }: Override): Partial<Scheme> {
  return { ...(type === undefined ? {} : { type }), ...(symmetric === undefined ? {} : { symmetric }), ...(codes === undefined ? {} : { codes }) };
}

function givenBy(name: string, { min, max, scale, zeroPoint }: Override, { type }: Scheme): Given | null {
  if (scale !== undefined && zeroPoint !== undefined) {
    const codes = fullCodes(type);
    if (zeroPoint >= codes.min && zeroPoint <= codes.max) return { scale, zeroPoint };
    throw new CalibrantError('recipe-invalid', `The recipe gives ${name} the zero point ${zeroPoint}, which is no ${type}: it lies in ${codes.min} … ${codes.max}.`, { tensor: name }); // prettier-ignore
  }
  return min !== undefined && max !== undefined ? { min, max } : null;
}
