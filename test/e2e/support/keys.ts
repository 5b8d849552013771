import type { Locator, Page } from '@playwright/test';
import { expect } from './window.ts';

const MOST_PRESSES = 80;

/** Tab until it has the focus, as somebody without a mouse does. A button is waited for until it can be pressed: Tab passes it by before. */
export async function tabTo(window: Page, target: Locator): Promise<void> {
  await expect(target).toBeVisible();
  await expect(target).toBeEnabled();
  for (let presses = 0; presses < MOST_PRESSES; presses += 1) {
    if (await target.evaluate((element) => element === document.activeElement)) return;
    await window.keyboard.press('Tab');
  }
  await expect(target).toBeFocused();
}

export async function press(window: Page, ...keys: string[]): Promise<void> {
  for (const key of keys) await window.keyboard.press(key);
}
