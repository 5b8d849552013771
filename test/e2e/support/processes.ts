import { readdirSync, readFileSync } from 'node:fs';

/** The direct children of a process, by id. Linux only: /proc says what no command has to be installed for. */
export function childrenOf(pid: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => (parentOf(name) === pid ? [Number(name)] : []));
}

function parentOf(name: string): number | null {
  try {
    const text = readFileSync(`/proc/${name}/stat`, 'utf8');
    // The command's name stands in brackets and may hold anything.
    return Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return null;
  }
}
