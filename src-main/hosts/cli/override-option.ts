import * as v from 'valibot';
import { CalibrantError } from '../../contract/errors.ts';
import { issueText } from '../../contract/issues.ts';
import { OverrideSchema, type Override, type Recipe } from '../../contract/recipe.ts';

const bad = (text: string, reason: string): CalibrantError =>
  new CalibrantError('usage-bad-value', `--override takes TENSOR:key=value,…, as in "conv1:type=int16,min=-1,max=3", not "${text}": ${reason}.`);

/** Adds one `TENSOR:key=value,…` to those before it. Names of tensors may contain colons; what follows the last one are the keys. */
export function collectOverride(text: string, before: Recipe['overrides'] = {}): Recipe['overrides'] {
  const colon = text.lastIndexOf(':');
  if (colon < 1) throw bad(text, 'no tensor is named');
  const fields = text
    .slice(colon + 1)
    .split(',')
    .map((pair) => {
      const [key = '', value] = pair.split('=');
      if (value === undefined) throw bad(text, `"${pair}" has no value`);
      return [key.trim(), valueOf(value.trim())] as const;
    });
  const checked = v.safeParse(OverrideSchema, Object.fromEntries(fields));
  if (!checked.success) throw bad(text, issueText(checked.issues[0]));
  const tensor = text.slice(0, colon);
  if (tensor in before) throw bad(text, `${tensor} is overridden twice; put all its keys behind one colon`);
  return { ...before, [tensor]: checked.output satisfies Override };
}

function valueOf(text: string): string | number | boolean {
  if (text === 'true' || text === 'false') return text === 'true';
  const number = Number(text);
  return text !== '' && Number.isFinite(number) ? number : text;
}
