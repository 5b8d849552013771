import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { realApp } from '../fixtures/real-app.ts';
import { calibrant } from '../hosts/cli/cli.ts';
import { temporaryFolder } from '../store/home-folder.ts';

test('a second start on the same data folder says who has it, and does no harm; looking is allowed', async () => {
  const folder = temporaryFolder();
  const home = join(folder, 'home');
  const out = join(folder, 'out');
  const first = await realApp(home);
  try {
    const { id } = await first.call('projects.create', { name: 'mine' });
    const second = await calibrant(['sample', '--home', home, '--out', out]);
    expect(second).toMatchObject({ code: 1, stdout: '' });
    expect(second.stderr).toMatch(new RegExp(`^calibrant: .*already running.*process ${process.pid}.*go to its window.* \\[home-in-use\\]\\n$`));
    expect(existsSync(out)).toBe(false);
    const looked = await calibrant(['projects', '--json', '--home', home]);
    expect(JSON.parse(looked.stdout)).toMatchObject([{ id, name: 'mine' }]);
    expect(await first.call('projects.rename', { projectId: id, name: 'still mine' })).toMatchObject({ name: 'still mine' });
  } finally {
    await first.app.close();
  }
});
