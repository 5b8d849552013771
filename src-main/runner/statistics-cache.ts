import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { env } from 'onnxruntime-node';
import * as v from 'valibot';
import { SkippedSchema, type Skipped } from '../contract/data.ts';
import { StatisticsFileSchema } from '../contract/statistics.ts';
import type { Model } from '../core/onnx/graph.ts';
import { writeModelApart } from '../core/onnx/write-external.ts';
import { statisticsFromFile, statisticsToFile } from '../core/quant/statistics-file.ts';
import type { Statistics } from '../core/quant/statistics.ts';
import type { JobData } from './job-data.ts';
import { writeWhole } from './output-file.ts';
import type { JobContext } from './progress.ts';

/** Goes up whenever the same model and samples come to other statistics than before. */
const VERSION = 1;
/** The least recently used entries go once a folder holds more. */
const LARGEST_FOLDER_BYTES = 512 << 20;

const EntrySchema = v.strictObject({
  format: v.literal('calibrant-statistics-cache'),
  key: v.string(),
  images: v.pipe(v.number(), v.integer(), v.minValue(0)),
  skipped: v.array(SkippedSchema),
  /** Of the statistics as they stand in the file. */
  sha256: v.string(),
  statistics: StatisticsFileSchema,
});

/** What comes of looking at the samples once. */
export interface Seen {
  /** By name; a tensor without a single value has none. */
  statistics: Map<string, Statistics>;
  /** Samples that were used, without the skipped ones. */
  images: number;
  skipped: Skipped[];
}

/** All that statistics follow from. */
export interface Origin {
  model: Model;
  /** All that are observed, in the order of the graph. */
  names: readonly string[];
  data: JobData;
  positions: Uint32Array;
  optimize: boolean;
  full: boolean;
}

export interface StatisticsCache {
  /** null when nothing, or nothing that can be read, is known. */
  read(): Promise<Seen | null>;
  /** Never throws: what cannot be kept is found out again next time. */
  write(seen: Seen): Promise<void>;
}

/** Statistics of one model on these samples, known from earlier jobs by the content of all that they follow from. */
export async function openStatisticsCache(folder: string, origin: Origin, log: JobContext['log']): Promise<StatisticsCache> {
  const key = await keyOf(origin);
  const path = join(folder, `${key}.json`);
  return {
    async read() {
      const text = await readFile(path, 'utf8').catch(() => null);
      if (text === null) return null;
      try {
        const raw: unknown = JSON.parse(text);
        const entry = v.parse(EntrySchema, raw);
        if (entry.key !== key || entry.sha256 !== digestOf((raw as { statistics: unknown }).statistics)) throw new Error('it is of something else');
        const now = new Date();
        await utimes(path, now, now).catch(() => undefined);
        return { images: entry.images, skipped: entry.skipped, statistics: statisticsFromFile(entry.statistics) };
      } catch {
        log('info', `The statistics kept in ${path} are damaged and are found out again.`);
        return null;
      }
    },
    async write({ statistics, images, skipped }) {
      const file = statisticsToFile(statistics);
      const entry: v.InferInput<typeof EntrySchema> = {
        format: 'calibrant-statistics-cache',
        key,
        images,
        skipped,
        sha256: digestOf(file),
        statistics: file,
      };
      try {
        await mkdir(folder, { recursive: true });
        await writeWhole(path, new TextEncoder().encode(JSON.stringify(entry)));
        await prune(folder);
      } catch (error) {
        log('info', `The statistics cannot be kept for the next time: ${error instanceof Error ? error.message : String(error)}`);
      }
    },
  };
}

function digestOf(statistics: unknown): string {
  return createHash('sha256').update(JSON.stringify(statistics)).digest('hex');
}

async function keyOf({ model, names, data, positions, optimize, full }: Origin): Promise<string> {
  const { model: bytes, files } = writeModelApart(model);
  const { shape, type, preprocess } = data.input;
  const hash = createHash('sha256');
  // The order of the samples makes no difference.
  const samples = [...positions].sort((a, b) => a - b);
  const about = { version: VERSION, onnxruntime: env.versions.node ?? env.versions.common, optimize, full, names, shape, type, preprocess, samples };
  hash.update(`${JSON.stringify(about)}\n${await data.sha256}\n`);
  hash.update(`${bytes.length}\n`).update(bytes);
  for (const [name, content] of files) hash.update(`${name} ${content.length}\n`).update(content);
  return hash.digest('hex');
}

async function prune(folder: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => /^[0-9a-f]{64}\.json$/.test(name));
  const entries = await Promise.all(
    names.map(async (name) => {
      const path = join(folder, name);
      const { size, mtimeMs } = await stat(path);
      return { path, size, mtimeMs };
    }),
  );
  let room = LARGEST_FOLDER_BYTES;
  for (const { path, size } of entries.sort((a, b) => b.mtimeMs - a.mtimeMs)) {
    room -= size;
    if (room < 0) await rm(path, { force: true });
  }
}
