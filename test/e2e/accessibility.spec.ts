import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { go, openSample, quantize, runState, seeEvidence } from './support/story.ts';
import { expect, test } from './support/window.ts';

/** Looks at what is on the screen now: all rules in light; in dark the ones about colours, since nothing else differs. */
async function check(window: Page, where: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await test.step(`${where}, ${colorScheme}`, async () => {
      await window.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      const rules = colorScheme === 'light' ? {} : { runOnly: ['color-contrast', 'link-in-text-block'] };
      const { violations } = await new AxeBuilder({ page: window }).options({ ...rules, resultTypes: ['violations'] }).analyze();
      const bad = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
      expect.soft(bad.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`)).toEqual([]);
    });
  }
}

test('no screen has a serious finding, in light and in dark', { tag: '@web' }, async ({ window, violations }) => {
  test.slow();
  await expect(window.getByRole('button', { name: 'Open the sample' })).toBeVisible();
  await check(window, 'Projects of a fresh start');

  await openSample(window);
  await window.getByRole('grid', { name: 'Operators of the model' }).getByText('/2/Clip', { exact: true }).click();
  await check(window, 'Model with a selected node');

  await go(window, 'Data');
  await expect(window.getByRole('option', { name: /^bearing,/ }).first()).toBeVisible();
  await expect(window.getByText('Tensor', { exact: true }).first()).toBeVisible();
  await check(window, 'Data before the check');
  await window.getByRole('button', { name: 'Check the float model' }).click();
  await expect(window.locator('.gate')).toContainText('plausible', { timeout: 60_000 });
  await check(window, 'Data with the gate');

  await go(window, 'Runs');
  await expect(window.getByText('No runs yet')).toBeVisible();
  await check(window, 'Runs before the first');
  await go(window, 'Evidence');
  await check(window, 'Evidence before the first run');

  await go(window, 'Recipe');
  await expect(window.getByRole('grid', { name: /^Nodes/ })).toContainText('Conv');
  await window.getByText('Advanced').click();
  await check(window, 'Recipe with its options');
  await window.getByRole('button', { name: /^Range method/ }).click();
  await check(window, 'Recipe with an open menu');
  await window.keyboard.press('Escape');

  await quantize(window);
  await expect(runState(window)).toHaveText(/done/, { timeout: 60_000 });
  await check(window, 'Run');

  await seeEvidence(window);
  await check(window, 'Evidence: overview');
  for (const tab of ['Layers', 'Histograms', 'Parameters']) {
    await window.getByRole('tab', { name: tab }).click();
    await expect(window.getByRole('grid').last().getByRole('row').nth(1)).toBeVisible();
    await check(window, `Evidence: ${tab}`);
  }

  await go(window, 'Runs');
  await window.getByRole('row', { name: /INT8 per-channel/ }).click({ position: { x: 300, y: 10 } });
  await check(window, 'Runs');

  await window.keyboard.press('Control+k');
  await expect(window.getByRole('dialog')).toBeVisible();
  await check(window, 'Palette');
  await window.keyboard.press('Escape');
  await window.keyboard.press('?');
  await expect(window.getByRole('dialog')).toBeVisible();
  await check(window, 'Keys');
  await window.keyboard.press('Escape');

  await go(window, 'Projects');
  await expect(window.getByText('Best run')).toBeVisible();
  await check(window, 'Projects');
  expect(violations).toEqual([]);
});
