import { parseArgs } from 'node:util';
import { defaultHome } from '../../app/index.ts';
import { CalibrantError } from '../../contract/errors.ts';
import { failureOf } from '../failure.ts';
import { startWebHost, type WebHostOptions } from './host.ts';
import { linkOfRunning } from './running.ts';

const onLink = (link: string): void => console.log(`Open ${link}  (works once; a new link follows when it was used)`);

/**
 * Serves until the terminal or the system asks it to stop; then closes cleanly. Links go to stdout, one a line; when another
 * Calibrant has the data folder, one to its window.
 */
export async function serveUntilStopped(options: Omit<WebHostOptions, 'onLink'>): Promise<void> {
  const home = options.home ?? defaultHome();
  // Before anything is started: a signal that comes meanwhile must find someone who closes it again.
  const stopped = new Promise<void>((stop) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop());
  });
  const host = await startWebHost({ ...options, home, onLink }).catch(async (thrown: unknown) => {
    const link = thrown instanceof CalibrantError && thrown.code === 'home-in-use' ? await linkOfRunning(home) : null;
    if (link !== null) onLink(link);
    throw thrown;
  });
  await stopped;
  await host.close();
}

function optionsOf(argv: string[]): Omit<WebHostOptions, 'onLink'> {
  try {
    const { values } = parseArgs({
      args: argv,
      options: { port: { type: 'string' }, home: { type: 'string' }, root: { type: 'string', multiple: true }, dev: { type: 'boolean' } },
    });
    return { port: portOf(values.port), home: values.home, roots: values.root, development: values.dev };
  } catch (thrown) {
    if (thrown instanceof CalibrantError) throw thrown;
    throw new CalibrantError('usage-unknown-option', `${(thrown as Error).message.split('\n')[0]}`);
  }
}

export function portOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65535) return port;
  throw new CalibrantError('usage-bad-value', `--port takes a number from 0 to 65535, not "${text}".`);
}

if (import.meta.main) {
  try {
    await serveUntilStopped(optionsOf(process.argv.slice(2)));
  } catch (thrown) {
    const { line, exitCode } = failureOf(thrown);
    console.error(line);
    process.exitCode = exitCode;
  }
}
