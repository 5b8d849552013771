import { _electron, type Page } from '@playwright/test';
import { launchBridge } from '../bridge/launch.ts';
import { startWebProcess } from './web-process.ts';

/** A running Calibrant, whichever host it is. */
export interface Host {
  pid: number;
  /** Its window: in the page, or (desktop) its own. */
  show(page: Page): Promise<Page>;
  stop(): Promise<void>;
  /** SIGKILL, and waits until it is gone. */
  kill(): Promise<void>;
}

/** The host that a Playwright project is named after, on a data folder. Rejects with what it says when it cannot start. */
export async function startHost(project: string, home: string): Promise<Host> {
  if (project === 'desktop') return startDesktop(home);
  if (project === 'bridge') {
    const host = await launchBridge(home);
    return {
      pid: host.pid,
      show: async (page) => {
        await host.attach(page);
        await page.goto(host.url);
        return page;
      },
      stop: () => host.close(),
      kill: () => host.kill(),
    };
  }
  const host = await startWebProcess(home);
  return {
    ...host,
    show: async (page) => {
      await page.goto(host.link);
      return page;
    },
  };
}

async function startDesktop(home: string): Promise<Host> {
  const electron = await _electron.launch({ args: ['.'], env: { ...process.env, CALIBRANT_HOME: home } as Record<string, string> });
  return {
    pid: electron.process().pid ?? -1,
    show: () => electron.firstWindow(),
    stop: () => electron.close(),
    kill: async () => {
      const gone = electron.waitForEvent('close');
      electron.process().kill('SIGKILL');
      await gone;
    },
  };
}
