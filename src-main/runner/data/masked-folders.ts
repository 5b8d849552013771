import { basename } from 'node:path';
import type { DataItem } from '../../contract/data.ts';
import { CalibrantError } from '../../contract/errors.ts';
import type { Problem } from '../../contract/model.ts';
import { note, warning } from '../problems.ts';
import { extensionOf, IMAGES, linkProblems, readClassNames, some, type Listing } from './image-folders.ts';
import { walk } from './walk.ts';

/** Images in `images/` with PNG masks of the same names in `masks/`. Throws `data-no-images` and `data-labels-invalid`. */
export async function listMasked(folder: string): Promise<Listing> {
  const { files, ignoredLinks } = await walk(folder);
  const images = files.filter((file) => file.startsWith('images/') && IMAGES.has(extensionOf(file)));
  const masks = new Map(files.filter((file) => /^masks\/.*\.png$/i.test(file)).map((file) => [stem(file), file]));
  if (images.length === 0) throw new CalibrantError('data-no-images', `There are no images in ${basename(folder)}/images (JPEG, PNG, WebP, TIFF, GIF, AVIF).`);
  const items = images.map((file): DataItem => {
    const mask = masks.get(stem(file));
    return { file, label: null, ...(mask === undefined ? {} : { mask }) };
  });
  const without = items.filter(({ mask }) => mask === undefined).map(({ file }) => file);
  if (without.length === items.length) {
    throw new CalibrantError(
      'data-labels-invalid',
      `None of the ${masks.size} PNG files in ${basename(folder)}/masks has the name of an image in ${basename(folder)}/images; a.jpg needs the mask a.png.`,
    );
  }
  const stems = new Set(images.map(stem));
  const alone = [...masks].filter(([name]) => !stems.has(name)).map(([, file]) => file);
  const named = await readClassNames(folder);
  const problems: Problem[] = [...linkProblems(ignoredLinks), ...named.problems];
  if (without.length > 0) problems.push(note('data-mask-missing', `${without.length} of ${items.length} images have no mask: ${some(without)}.`));
  if (alone.length > 0) problems.push(warning('data-label-file-missing', `${alone.length} masks have no image and are left out: ${some(alone)}.`));
  return { kind: 'masks', contents: [...images, ...items.flatMap(({ mask }) => mask ?? [])], items, classes: named.classes, problems };
}

/** Without its first folder and its extension. */
function stem(file: string): string {
  return file.slice(file.indexOf('/') + 1, -extensionOf(file).length);
}
