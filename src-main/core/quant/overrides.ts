import { CalibrantError } from '../../contract/errors.ts';
import type { Override, Recipe } from '../../contract/recipe.ts';
import { didYouMean } from './nearest.ts';
import type { Placed } from './place.ts';
import { fullCodes } from './scale.ts';
import type { Given, PlannedActivation, PlannedWeight, Scheme } from './types.ts';

interface Planned {
  activations: PlannedActivation[];
  weights: PlannedWeight[];
}

/**
 * Lets a recipe's overrides decide over single tensors. An override of a tensor that shares its parameters would tear the group apart, so it has to name
 * the tensor that the parameters are of.
 * @param names all tensors of the prepared model
 * @throws CalibrantError `recipe-invalid` for a tensor that does not exist or is not quantized, or for what it cannot have
 */
export function applyOverrides({ activations, weights }: Planned, overrides: Recipe['overrides'], placed: Placed, names: Iterable<string>): Planned {
  const left = new Map(Object.entries(overrides));
  const take = (name: string): Override | undefined => {
    const override = left.get(name);
    left.delete(name);
    return override;
  };
  const planned = {
    activations: activations.map((activation) => {
      const override = take(activation.name);
      return override ? overriddenActivation(activation, override) : activation;
    }),
    weights: weights.map((weight) => {
      const override = take(weight.name);
      return override ? overriddenWeight(weight, override) : weight;
    }),
  };
  for (const name of left.keys()) throw new CalibrantError('recipe-invalid', reasonAgainst(name, placed, new Set(names)), { tensor: name });
  return planned;
}

function reasonAgainst(name: string, placed: Placed, names: ReadonlySet<string>): string {
  const final = placed.renamed.get(name);
  if (final !== undefined) return `The recipe overrides the tensor ${name}, which vanishes in ${final}; override ${final} instead.`;
  if (names.has(name)) return `The recipe overrides the tensor ${name}, which stays float; take the override out, or quantize the node that makes it.`;
  return `The recipe overrides a tensor ${name}, which the prepared model does not have; pick a name from the list of tensors.${didYouMean(name, names)}`;
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

function overriddenWeight(weight: PlannedWeight, override: Override): PlannedWeight {
  const scheme = { ...weight.scheme, ...schemeOf(override) };
  if (override.granularity === 'per-tensor') Object.assign(scheme, { axis: null, blockSize: null });
  if (override.granularity === 'per-channel') {
    if (weight.channelAxis === null) throw new CalibrantError('recipe-invalid', `The recipe wants the constant ${weight.name} per channel, and it has no channels.`, { tensor: weight.name }); // prettier-ignore
    scheme.axis = weight.channelAxis;
  }
  const given = givenBy(weight.name, override, scheme);
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
