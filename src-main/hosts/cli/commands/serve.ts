import type { Command } from 'commander';
import { portOf, serveUntilStopped } from '../../web/main.ts';
import type { Terminal } from '../terminal.ts';

interface Flags {
  port?: string;
  home?: string;
  root?: string[];
}

export function addServe(program: Command, terminal: Terminal): void {
  program
    .command('serve')
    .description('the window in a browser, on this machine or through an SSH tunnel')
    .option('--port <number>', 'a fixed port, for a tunnel (a free one)')
    .option('--home <folder>', 'the data folder')
    .option('--root <folder...>', 'folders beside your own that the window may look into')
    .action(async ({ port, home, root }: Flags) => {
      await serveUntilStopped({
        port: portOf(port),
        home: home === undefined ? undefined : terminal.path(home),
        roots: root?.map((folder) => terminal.path(folder)),
      });
    });
}
