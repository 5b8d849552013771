import { readFile, readdir, realpath } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import type { DataIndex, DataItem } from '../../contract/data.ts';
import { CalibrantError } from '../../contract/errors.ts';
import type { Problem } from '../../contract/model.ts';
import { parseClassNames, parseLabelsCsv } from '../../core/data/labels.ts';
import { comparePaths } from '../../core/data/order.ts';
import { note } from '../problems.ts';
import { leadsInside, walk } from './walk.ts';

/** What a folder holds, before it is hashed. */
export interface Listing extends Pick<DataIndex, 'kind' | 'items' | 'classes' | 'problems'> {
  /** The files whose content makes this data set: samples and labels, relative to the folder. */
  contents: string[];
}

export const IMAGES = new Set(['.jpg', '.jpeg', '.jpe', '.jfif', '.png', '.webp', '.gif', '.tif', '.tiff', '.avif']);
const UNREADABLE_IMAGES = new Set(['.bmp', '.heic', '.heif', '.jp2', '.pbm', '.pgm', '.ppm', '.jxl', '.raw', '.dng']);
const NAMED_AT_MOST = 3;

/** Images whose labels are in `labels.csv`. Throws `data-labels-invalid` and `data-label-file-missing`. */
export async function listLabelled(folder: string): Promise<Listing> {
  const { byFile, classes, column } = parseLabelsCsv(await readFile(join(folder, 'labels.csv'), 'utf8'), `${basename(folder)}/labels.csv`);
  const files = [...byFile.keys()].sort(comparePaths);
  const root = await realpath(folder);
  const missing: string[] = [];
  for (const file of files) if (!(await leadsInside(root, join(root, file)))) missing.push(file);
  if (missing.length > 0) {
    throw new CalibrantError(
      'data-label-file-missing',
      `labels.csv of ${basename(folder)} names ${missing.length} of ${files.length} files that are not in the folder: ${some(missing)}; put them there or take out their lines.`,
      { missing: missing.length, first: missing[0] ?? '' },
    );
  }
  const named = await readClassNames(folder);
  return {
    kind: 'labels-csv',
    contents: [...files, 'labels.csv'],
    items: files.map((file) => ({ file, label: byFile.get(file) ?? null })),
    classes: named.classes.length > 0 ? named.classes : classes,
    problems: [
      ...named.problems,
      ...(column.toLowerCase() === 'class_index' ? [] : [note('data-label-column', `The column "${column}" of labels.csv is taken for the class.`)]),
    ],
  };
}

/** A folder per class (two or more folders, no images beside them), or images without labels. Throws `data-no-images`. */
export async function listImages(folder: string): Promise<Listing> {
  const { files, ignoredLinks } = await walk(folder);
  const images = files.filter((file) => IMAGES.has(extensionOf(file)));
  const problems = [...linkProblems(ignoredLinks), ...formatProblems(files)];
  if (images.length === 0) {
    throw new CalibrantError(
      'data-no-images',
      `There are no images that can be read in ${basename(folder)} (JPEG, PNG, WebP, TIFF, GIF, AVIF); choose the folder that holds them.${problems.map((problem) => ` ${problem.message}`).join('')}`,
    );
  }
  const topFolders = new Set(images.map((file) => (file.includes('/') ? (file.split('/')[0] as string) : '')));
  if (topFolders.has('') || topFolders.size < 2) {
    const named = await readClassNames(folder);
    return {
      kind: 'images',
      contents: images,
      items: images.map((file) => ({ file, label: null })),
      classes: named.classes,
      problems: [...problems, ...named.problems],
    };
  }

  // An empty class folder still counts, or every later class would be another one than in training.
  const folders = (await readdir(folder, { withFileTypes: true }))
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map((entry) => entry.name);
  const classes = [...new Set([...topFolders, ...folders])].sort(comparePaths);
  const empty = classes.filter((name) => !topFolders.has(name));
  if (empty.length > 0) problems.push(note('data-empty-class', `${empty.length} class folders hold no images: ${some(empty)}.`));
  const indexOf = new Map(classes.map((name, i) => [name, i]));
  const items = images.map((file): DataItem => ({ file, label: indexOf.get(file.split('/')[0] as string) ?? null }));
  return { kind: 'class-folders', contents: images, items, classes, problems };
}

export async function readClassNames(folder: string): Promise<{ classes: string[]; problems: Problem[] }> {
  const text = await readFile(join(folder, 'classes.json'), 'utf8').catch(() => null);
  if (text === null) return { classes: [], problems: [] };
  const classes = parseClassNames(text);
  return classes
    ? { classes, problems: [] }
    : {
        classes: [],
        problems: [note('data-class-names-unreadable', 'classes.json is neither a list of names nor of objects with "index" and "name"; it is ignored.')],
      };
}

export function linkProblems(links: string[]): Problem[] {
  return links.length === 0 ? [] : [note('data-links-ignored', `${links.length} symbolic links lead outside the folder and are ignored: ${some(links)}.`)];
}

function formatProblems(files: string[]): Problem[] {
  const unreadable = files.filter((file) => UNREADABLE_IMAGES.has(extensionOf(file)));
  return unreadable.length === 0
    ? []
    : [
        note(
          'data-format-ignored',
          `${unreadable.length} images are in a format that cannot be read and are ignored: ${some(unreadable)}; convert them to PNG.`,
        ),
      ];
}

export function extensionOf(file: string): string {
  return extname(file).toLowerCase();
}

export function some(names: readonly string[]): string {
  const rest = names.length - NAMED_AT_MOST;
  return names.slice(0, NAMED_AT_MOST).join(', ') + (rest > 0 ? ` and ${rest} more` : '');
}
