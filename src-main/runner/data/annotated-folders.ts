import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join, posix } from 'node:path';
import type { DataItem } from '../../contract/data.ts';
import { CalibrantError } from '../../contract/errors.ts';
import type { Problem } from '../../contract/model.ts';
import { parseAnnotations, type Annotations } from '../../core/data/annotations.ts';
import { comparePaths } from '../../core/data/order.ts';
import { note, warning } from '../problems.ts';
import { extensionOf, IMAGES, linkProblems, some, type Listing } from './image-folders.ts';
import { walk } from './walk.ts';

const LABELS = /^(annotations|instances.*)\.json$/i;

/** Images whose boxes are in `annotations.json` or `instances*.json`, in the folder or its folder `annotations`; null without such a file. */
export async function listAnnotated(folder: string): Promise<Listing | null> {
  const file = (await labelsIn(folder, '')) ?? (await labelsIn(folder, 'annotations'));
  return file === null ? null : annotated(folder, file);
}

/**
 * The same with the file beside the folder, as COCO has it. A file that names none of the folder's images is somebody else's; one that cannot be read may be,
 * so that is only said.
 */
export async function listAnnotatedBeside(folder: string): Promise<{ listing: Listing | null; problems: Problem[] }> {
  const file = (await labelsIn(folder, '..')) ?? (await labelsIn(folder, '../annotations'));
  if (file === null) return { listing: null, problems: [] };
  try {
    return { listing: await annotated(folder, file), problems: [] };
  } catch (error) {
    if (!(error instanceof CalibrantError)) throw error;
    const foreign = error.code === 'data-label-file-missing';
    return { listing: null, problems: foreign ? [] : [note('data-labels-ignored', `${basename(file)} beside the folder is not used. ${error.message}`)] };
  }
}

/** The file of boxes in a folder. Of several, the one that is called like the images' folder (`instances_val2017.json` for `val2017`). */
async function labelsIn(folder: string, at: string): Promise<string | null> {
  const names = (await readdir(join(folder, at)).catch((): string[] => [])).filter((name) => LABELS.test(name));
  const wanted = names.length > 1 ? names.filter((name) => name.includes(basename(folder))) : names;
  const [name] = wanted;
  if (wanted.length === 1 && name !== undefined) return posix.join(at, name);
  if (names.length === 0 || at.startsWith('..')) return null;
  throw new CalibrantError('data-labels-invalid', `${basename(folder)} has ${names.length} files of boxes (${some(names)}), and it is not clear which belongs to its images; keep one.`); // prettier-ignore
}

async function annotated(folder: string, labels: string): Promise<Listing> {
  const where = `${basename(labels.startsWith('..') ? dirname(folder) : folder)}/${basename(labels)}`;
  const annotations = parseAnnotations(await readFile(join(folder, labels), 'utf8'), where);
  const { files, ignoredLinks } = await walk(folder);
  const find = finder(files);
  const missing: string[] = [];
  const items: DataItem[] = [];
  const withoutMask: string[] = [];
  for (const { file, boxes, mask } of annotations.images) {
    const found = find(file);
    const foundMask = mask === undefined ? undefined : find(mask);
    if (found === undefined) missing.push(file);
    else items.push({ file: found, label: null, boxes, ...(foundMask === undefined ? {} : { mask: foundMask }) });
    if (mask !== undefined && foundMask === undefined && found !== undefined) withoutMask.push(mask);
  }
  if (items.length === 0) {
    throw new CalibrantError(
      'data-label-file-missing',
      `${where} names ${annotations.images.length} images, and none of them is in ${basename(folder)}${missing.length > 0 ? `: ${some(missing)}` : ''}; point at the folder that holds them.`,
    );
  }
  items.sort((a, b) => comparePaths(a.file, b.file));
  const used = new Set(items.flatMap(({ file, mask }) => (mask === undefined ? [file] : [file, mask])));
  const unnamed = files.filter((file) => IMAGES.has(extensionOf(file)) && !used.has(file));
  return {
    kind: 'coco',
    contents: [...used, labels].sort(comparePaths),
    items,
    classes: annotations.classes,
    problems: [...linkProblems(ignoredLinks), ...problemsOf(annotations, where, { missing, withoutMask, unnamed })],
  };
}

/** Finds a file by its path, or below `images`, or by its bare name where only one has it. */
function finder(files: readonly string[]): (path: string) => string | undefined {
  const known = new Set(files);
  const byName = new Map<string, string | null>();
  for (const file of files) byName.set(posix.basename(file), byName.has(posix.basename(file)) ? null : file);
  return (path) => [path, `images/${path}`].find((each) => known.has(each)) ?? byName.get(posix.basename(path)) ?? undefined;
}

interface Unmatched {
  missing: string[];
  withoutMask: string[];
  unnamed: string[];
}

function problemsOf({ clipped, outside, empty, images }: Annotations, where: string, { missing, withoutMask, unnamed }: Unmatched): Problem[] {
  const problems: Problem[] = [];
  const add = (count: number, make: () => Problem) => void (count > 0 && problems.push(make()));
  add(missing.length, () => warning('data-label-file-missing', `${where} names ${missing.length} of ${images.length} images that are not there: ${some(missing)}; they are left out.`)); // prettier-ignore
  add(withoutMask.length, () => warning('data-mask-missing', `${where} names ${withoutMask.length} masks that are not there: ${some(withoutMask)}; their images count without.`)); // prettier-ignore
  add(unnamed.length, () => note('data-images-unlabelled', `${unnamed.length} images are not named in ${where} and are left out: ${some(unnamed)}.`)); // prettier-ignore
  add(clipped, () => warning('data-boxes-clipped', `${clipped} boxes reach over their image and are cut to it.`));
  add(outside.length, () => warning('data-boxes-outside', `Boxes of ${outside.length} images lie wholly outside and are left out: ${some(outside)}.`));
  add(empty, () => warning('data-boxes-empty', `${empty} boxes have no area and are left out.`));
  return problems;
}
