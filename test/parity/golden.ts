import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Recipe } from '../../src-main/contract/recipe.ts';
import { seedOf, noise } from './noise.ts';

const folder = resolve(import.meta.dirname, 'goldens');

/** What ONNX Runtime's Python tool made of one model, written by make_goldens.py. */
export interface Golden {
  /** Dims by name; the values are noise. */
  inputs: Record<string, number[]>;
  /** How many samples calibrated. */
  samples: number;
  /** The samples that `outputs` are of: one that calibrated, and one that did not. */
  checked: number[];
  schemes: Scheme[];
  /** Nodes, constants and outputs as text; schemes refer to them by position. */
  lines: string[];
}

export interface Scheme {
  recipe: Partial<Recipe>;
  /** Why the tool made nothing. */
  refused?: string;
  /** Why ONNX Runtime does not run what it made. */
  broken?: string;
  /** Lines, or the SHA-256 of all of them sorted. */
  nodes?: number[] | string;
  constants?: number[];
  /** For each checked sample, by name. */
  outputs?: Record<string, number>[];
}

export interface GoldenConstant {
  name: string;
  type: string;
  dims: number[];
  /** All values, evenly spaced ones, or the SHA-256 of all. */
  kept: 'values' | 'sampled' | 'sha256';
  data: string;
}

export function readGolden(name: string): Golden {
  return JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as Golden;
}

export function pathOfGraph(name: string): string {
  return join(folder, `${name}.onnx`);
}

export function feedsOf({ inputs }: Golden, sample: number): Record<string, { dims: number[]; values: Float32Array }> {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, dims], i) => [
      name,
      {
        dims,
        values: noise(
          seedOf(sample, i),
          dims.reduce((product, dim) => product * dim, 1),
        ),
      },
    ]),
  );
}

export function constantsOf(golden: Golden, scheme: Scheme): GoldenConstant[] {
  return (scheme.constants ?? []).map((line) => {
    const [name, type, dims, kept, data] = (golden.lines[line] as string).split('|') as [string, string, string, GoldenConstant['kept'], string];
    return { name, type, dims: dims === '' ? [] : dims.split(',').map(Number), kept, data };
  });
}

const VIEWS = { float32: Float32Array, int32: Int32Array, uint16: Uint16Array, int16: Int16Array, uint8: Uint8Array, int8: Int8Array } as const;

/** The numbers of a line; codes of 4 bits have a byte each. */
export function decode(type: string, data: string): number[] {
  const bytes = Uint8Array.from(Buffer.from(data, 'base64'));
  const View = VIEWS[(type.endsWith('int4') ? 'int8' : type) as keyof typeof VIEWS];
  return [...new View(bytes.buffer)];
}

/** Every nth value, as make_goldens.py samples them. */
export function sampleOf<T>(values: ArrayLike<T>, kept: number): T[] {
  const stride = Math.max(1, Math.ceil(values.length / kept));
  return Array.from(values).filter((_, i) => i % stride === 0);
}
