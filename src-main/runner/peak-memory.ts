import { readFileSync } from 'node:fs';

/** Highest resident set of this process in bytes. On Linux what `getrusage` tells begins with that of the process it was forked from. */
export function peakRssBytes(): number {
  try {
    const kilobytes = /^VmHWM:\s*(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
    if (kilobytes !== undefined) return Number(kilobytes) * 1024;
  } catch {
    // Only Linux has it.
  }
  return process.resourceUsage().maxRSS * 1024;
}
