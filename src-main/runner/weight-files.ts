import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/**
 * The file of weights beside an output, named after output and content: a new pair never overwrites half of an old one, and the same weights have the
 * same name.
 */
export function weightFileName(output: string, sha256: string): string {
  return `${basename(output)}.${sha256.slice(0, 12)}.data`;
}

function isWeightFileOf(output: string, name: string): boolean {
  const own = basename(output);
  return name.startsWith(`${own}.`) && /^\.[0-9a-f]{12}\.data$/.test(name.slice(own.length));
}

/** Those that the model at this place refers to; none where there is no model. */
export async function weightFilesOf(output: string): Promise<string[]> {
  const candidates = (await readdir(dirname(output))).filter((name) => isWeightFileOf(output, name));
  if (candidates.length === 0) return [];
  const model = await readFile(output).catch(() => Buffer.alloc(0));
  return candidates.filter((name) => model.includes(name));
}

/** Removes those of these weight files of an output that no model in the folder names: it may have been copied under another name. */
export async function removeUnused(output: string, names: readonly string[]): Promise<void> {
  const folder = dirname(output);
  const present = await readdir(folder);
  let unused = names.filter((name) => isWeightFileOf(output, name) && present.includes(name));
  for (const model of present.filter((name) => name.endsWith('.onnx') || name === basename(output))) {
    if (unused.length === 0) return;
    const path = join(folder, model);
    if (!(await stat(path).catch(() => null))?.isFile()) continue;
    // One that cannot be read may name them all.
    const content = await readFile(path).catch(() => null);
    unused = content ? unused.filter((name) => !content.includes(name)) : [];
  }
  for (const name of unused) await rm(join(folder, name), { force: true });
}

const DOUBTFUL = 'doubtful.calibrant-part';

/** Keeps in an output's temporary folder which weight files may turn out to be superfluous, for those who find it after this process was killed. */
export async function noteDoubtful(temporary: string, names: readonly string[]): Promise<void> {
  await writeFile(join(temporary, DOUBTFUL), names.join('\n'), { flush: true });
}

/** What `noteDoubtful` has kept. */
export async function doubtfulIn(temporary: string): Promise<string[]> {
  return (await readFile(join(temporary, DOUBTFUL), 'utf8').catch(() => '')).split('\n');
}
