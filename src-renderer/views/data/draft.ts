import * as v from 'valibot';
import { PreprocessSchema, type Preprocess, type Resize } from '../../../src-main/contract/preprocess.ts';

/** The preprocessing as it is being typed: numbers are text until they are used, parts that are switched off keep their values. */
export interface Draft {
  crop: boolean;
  cropFraction: string;
  resize: 'none' | 'shortSide' | 'exact' | 'fit';
  shortSide: string;
  width: string;
  height: string;
  anchor: 'top-left' | 'center';
  pad: string;
  filter: NonNullable<Resize['filter']>;
  center: boolean;
  centerWidth: string;
  centerHeight: string;
  color: Preprocess['color'];
  layout: Preprocess['layout'];
  scale: string;
  mean: string[];
  std: string[];
  type: Preprocess['type'];
  labelOffset: string;
}

export type DraftField = keyof Draft;
/** The preprocessing that the draft means, or what is wrong with each field. */
export type Reading = { value: Preprocess; issues: null } | { value: null; issues: Partial<Record<DraftField, string>> };

export function channelsOf(color: Preprocess['color']): string[] {
  if (color === 'gray') return ['gray'];
  return [...color];
}

export function toDraft(preprocess: Preprocess): Draft {
  const { resize, crop, centerCrop } = preprocess;
  const channels = channelsOf(preprocess.color).length;
  const size = resize && 'width' in resize ? [resize.width, resize.height] : resize && 'fit' in resize ? resize.fit : [224, 224];
  return {
    crop: crop !== undefined,
    cropFraction: write(crop?.fraction ?? 0.875),
    resize: !resize ? 'none' : 'shortSide' in resize ? 'shortSide' : 'fit' in resize ? 'fit' : 'exact',
    shortSide: write(resize && 'shortSide' in resize ? resize.shortSide : 256),
    width: write(size[0] ?? 224),
    height: write(size[1] ?? 224),
    anchor: (resize && 'fit' in resize ? resize.anchor : undefined) ?? 'center',
    pad: write((resize && 'fit' in resize ? resize.pad : undefined) ?? 0),
    filter: resize?.filter ?? 'bilinear',
    center: centerCrop !== undefined,
    centerWidth: write(centerCrop?.[0] ?? 224),
    centerHeight: write(centerCrop?.[1] ?? 224),
    color: preprocess.color,
    layout: preprocess.layout,
    scale: write(preprocess.scale),
    mean: spread(preprocess.mean, channels).map(write),
    std: spread(preprocess.std, channels).map(write),
    type: preprocess.type,
    labelOffset: write(preprocess.labelOffset),
  };
}

/** Another colour order: its channels' values move along, so that RGB → BGR turns the means around too. */
export function withColor(draft: Draft, color: Preprocess['color']): Draft {
  const [before, after] = [channelsOf(draft.color), channelsOf(color)];
  const move = (values: string[]): string[] => after.map((channel) => values[before.indexOf(channel)] ?? values[0] ?? '0');
  return { ...draft, color, mean: move(draft.mean), std: move(draft.std) };
}

export function readDraft(draft: Draft): Reading {
  const issues: Partial<Record<DraftField, string>> = {};
  const read = (field: DraftField, text: string): number => {
    const value = parseNumber(text);
    if (value === null) issues[field] ??= 'not a number';
    return value ?? 0;
  };
  const candidate = {
    ...(draft.crop ? { crop: { fraction: read('cropFraction', draft.cropFraction) } } : {}),
    ...(draft.resize === 'none' ? {} : { resize: readResize(draft, read) }),
    ...(draft.center ? { centerCrop: [read('centerWidth', draft.centerWidth), read('centerHeight', draft.centerHeight)] } : {}),
    color: draft.color,
    layout: draft.layout,
    scale: read('scale', draft.scale),
    mean: draft.mean.map((text) => read('mean', text)),
    std: draft.std.map((text) => read('std', text)),
    type: draft.type,
    labelOffset: read('labelOffset', draft.labelOffset),
  };
  const parsed = v.safeParse(PreprocessSchema, candidate);
  if (!parsed.success) for (const field of blamed(parsed.issues, draft)) issues[field] ??= RULES[field] ?? 'not allowed';
  return parsed.success && Object.keys(issues).length === 0 ? { value: parsed.output, issues: null } : { value: null, issues };
}

function readResize(draft: Draft, read: (field: DraftField, text: string) => number): object {
  if (draft.resize === 'shortSide') return { shortSide: read('shortSide', draft.shortSide), filter: draft.filter };
  const [width, height] = [read('width', draft.width), read('height', draft.height)];
  if (draft.resize === 'exact') return { width, height, filter: draft.filter };
  return { fit: [width, height], anchor: draft.anchor, pad: read('pad', draft.pad), filter: draft.filter };
}

const RULES: Partial<Record<DraftField, string>> = {
  cropFraction: 'more than 0, at most 1',
  shortSide: 'a whole number, 1 to 16384',
  width: 'a whole number, 1 to 16384',
  height: 'a whole number, 1 to 16384',
  pad: '0 to 255',
  centerWidth: 'a whole number, 1 to 16384',
  centerHeight: 'a whole number, 1 to 16384',
  mean: 'a finite number for each channel',
  std: 'not 0',
  scale: 'a finite number',
  labelOffset: 'a whole number',
};

/** Which fields the schema's issues are about. A union cannot say which of its numbers is wrong, so they are looked at again. */
function blamed(issues: readonly v.BaseIssue<unknown>[], draft: Draft): DraftField[] {
  const whole = (text: string): boolean => {
    const value = parseNumber(text);
    return value !== null && Number.isInteger(value) && value >= 1 && value <= 16384;
  };
  const sizes = (...fields: ('shortSide' | 'width' | 'height' | 'centerWidth' | 'centerHeight')[]): DraftField[] =>
    fields.filter((field) => !whole(draft[field]));
  return issues.flatMap((issue): DraftField[] => {
    const field = String(issue.path?.[0]?.key);
    if (field === 'crop') return ['cropFraction'];
    if (field === 'centerCrop') return sizes('centerWidth', 'centerHeight');
    if (field !== 'resize') return [field as DraftField];
    const wrong = draft.resize === 'shortSide' ? sizes('shortSide') : sizes('width', 'height');
    return wrong.length > 0 ? wrong : ['pad'];
  });
}

/** "0.5", "1e-3" and fractions as they stand in papers: "1/255". null for anything else. */
export function parseNumber(text: string): number | null {
  const [top, bottom, more] = text
    .trim()
    .replace('\u2212', '-')
    .split('/')
    .map((part) => (part.trim() === '' ? NaN : Number(part)));
  const value = bottom === undefined ? top : (top ?? NaN) / bottom;
  return value === undefined || more !== undefined || !Number.isFinite(value) ? null : value;
}

/** The shortest text that reads back as the same number; 0.00392156862745098 is "1/255". */
export function write(value: number): string {
  const inverse = 1 / value;
  const whole = Math.round(inverse);
  if (Math.abs(value) < 1 && whole > 2 && String(value).length > 8 && 1 / whole === value) return `1/${whole}`;
  return String(value);
}

function spread(values: readonly number[], channels: number): number[] {
  return Array.from({ length: channels }, (_, i) => values[i] ?? values[0] ?? 0);
}

/** Normalisations that most models use; `scale` first, then (pixel·scale − mean) / std. */
export const NORMALISATIONS: { name: string; scale: string; mean: [string, string, string]; std: [string, string, string] }[] = [
  { name: '0…255', scale: '1', mean: ['0', '0', '0'], std: ['1', '1', '1'] },
  { name: '0…1', scale: '1/255', mean: ['0', '0', '0'], std: ['1', '1', '1'] },
  { name: '−1…1', scale: '1/255', mean: ['0.5', '0.5', '0.5'], std: ['0.5', '0.5', '0.5'] },
  { name: 'ImageNet', scale: '1/255', mean: ['0.485', '0.456', '0.406'], std: ['0.229', '0.224', '0.225'] },
];

/** Applies one of them; its values are in the order red, green, blue. */
export function normalised(draft: Draft, name: string): Draft {
  const preset = NORMALISATIONS.find((one) => one.name === name);
  if (!preset) return draft;
  const pick = (values: readonly string[]): string[] => channelsOf(draft.color).map((channel) => values['RGB'.indexOf(channel)] ?? values[0] ?? '0');
  return { ...draft, scale: preset.scale, mean: pick(preset.mean), std: pick(preset.std) };
}
