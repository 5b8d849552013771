import AxeBuilder from '@axe-core/playwright';
import type { Locator, Page } from '@playwright/test';
import { go, openSample, quantize, runState } from './support/story.ts';
import { expect, test } from './support/window.ts';

const word = (window: Page, label: string): Locator => window.getByRole('button', { name: new RegExp(`^${label}:`) });
const quantizeButton = (window: Page): Locator => window.getByRole('button', { name: 'Quantize', exact: true });

/** With the keys only: opens the menu of a word and walks to the choice that begins like this. */
async function choose(window: Page, label: string, choice: string): Promise<void> {
  await word(window, label).focus();
  await window.keyboard.press('Enter');
  await expect(window.getByRole('menu')).toBeVisible();
  const wanted = window.getByRole('menuitemradio', { name: new RegExp(`^${choice}`) });
  await window.keyboard.press('Home');
  for (let i = 0; i < 12 && !(await wanted.evaluate((item) => item === document.activeElement)); i += 1) await window.keyboard.press('ArrowDown');
  await expect(wanted).toBeFocused();
  await window.keyboard.press('Enter');
  await expect(window.getByRole('menu')).toHaveCount(0);
}

async function seriousFindings(window: Page): Promise<string[]> {
  const found: string[] = [];
  for (const colorScheme of ['light', 'dark'] as const) {
    await window.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    const { violations } = await new AxeBuilder({ page: window }).options({ resultTypes: ['violations'] }).analyze();
    const bad = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
    found.push(...bad.map(({ id, nodes }) => `${colorScheme} ${id}: ${nodes.map(({ html }) => html).join(' | ')}`));
  }
  return found;
}

test('the goal decides, a departure is marked and comes back, a conflict is said and mended', async ({ window }, { project }) => {
  await openSample(window);
  await go(window, 'Recipe');
  await expect(window.getByRole('grid', { name: /^Nodes/ })).toContainText('Conv');
  await expect(word(window, 'Goal')).toHaveText(/Balanced/);

  await test.step('a goal implies its choices', async () => {
    await choose(window, 'Goal', 'ARM');
    await expect(word(window, 'Activations')).toHaveText(/INT8/);
    await expect(window.getByText('Follows from the goal: INT8 activations.')).toBeVisible();
  });

  await test.step('a changed choice departs from it, with a way back', async () => {
    await choose(window, 'Granularity', 'per tensor');
    const departed = window.getByRole('list', { name: 'Departs from the goal:' });
    await expect(departed).toHaveText(/^per tensor/);
    await expect(word(window, 'Granularity')).toHaveAccessibleName(/departs from the goal/);
    await departed.getByRole('button', { name: 'back to per channel' }).press('Enter');
    await expect(departed).toHaveCount(0);
    await expect(word(window, 'Granularity')).toHaveText(/per channel/);
  });

  await test.step('what cannot be is said in one sentence, and one key makes it possible', async () => {
    await choose(window, 'Format', 'dynamic');
    const conflict = window.getByRole('alert').filter({ hasText: 'uint8' });
    await expect(conflict).toBeVisible();
    await expect(quantizeButton(window)).toBeDisabled();
    if (project.name === 'web') expect.soft(await seriousFindings(window)).toEqual([]);
    await conflict.getByRole('button', { name: 'Take UINT8 activations' }).press('Enter');
    await expect(conflict).toHaveCount(0);
    await expect(quantizeButton(window)).toBeEnabled();
    await expect(word(window, 'Range method')).toHaveCount(0);
  });

  await test.step('options without effect stay in their place and say why', async () => {
    await window.getByText('Advanced').click();
    await expect(window.getByLabel('Block size')).toBeDisabled();
    await expect(window.getByText('Blocks of weights exist in the formats')).toBeVisible();
    if (project.name === 'web') expect.soft(await seriousFindings(window)).toEqual([]);
  });

  await test.step('the default comes back, and its undo', async () => {
    await window.getByRole('button', { name: 'Back to the default' }).click();
    await expect(word(window, 'Goal')).toHaveText(/Balanced/);
    await window.getByRole('button', { name: 'Undo' }).click();
    await expect(word(window, 'Goal')).toHaveText(/ARM/);
    await expect(word(window, 'Format')).toHaveText(/dynamic/);
  });
});

test('after the first run every change is predicted: range, percentile, one tensor', async ({ window }, { project }) => {
  test.slow();
  await openSample(window);
  await go(window, 'Recipe');
  await expect(window.getByText('The first run brings the prediction')).toBeVisible();
  await quantize(window);
  await expect(runState(window)).toHaveText(/done/, { timeout: 60_000 });
  await go(window, 'Recipe');

  const chart = window.getByRole('img', { name: /tensors: median/ });
  const worst = window.getByRole('group', { name: 'Worst predicted SQNR' });
  const table = window.getByRole('grid', { name: /^Tensors/ });
  await expect(chart).toBeVisible();
  await expect(table).toBeVisible();

  await test.step('the percentile slider takes the method along and moves the prediction', async () => {
    const before = await chart.getAttribute('aria-label');
    const slider = window.getByRole('slider', { name: 'percentile' });
    await slider.focus();
    await window.keyboard.press('Home');
    await expect(word(window, 'Range method')).toHaveText(/percentile/);
    await expect(slider).toHaveAttribute('aria-valuetext', 'keeps 99 %, cuts 1.0 %');
    await expect(chart).not.toHaveAttribute('aria-label', before ?? '');
    await expect(table.getByRole('row').nth(1)).toContainText(/\d\s%/);
  });

  await test.step('the worst tensor comes first; a type of its own makes it better', async () => {
    await worst.getByRole('button').click();
    const name = (await worst.getByRole('button').textContent()) ?? '';
    await expect(table.getByRole('row').nth(1)).toContainText(name.trim());
    await expect(table.getByRole('row').nth(1)).toHaveAttribute('aria-selected', 'true');
    await window.getByLabel('Type', { exact: true }).selectOption({ label: 'INT16' });
    await expect(table.getByRole('row', { selected: true })).toContainText('INT16');
    await expect(window.getByRole('radio', { name: /^overridden 1/ })).toBeVisible();
    if (project.name === 'web') expect.soft(await seriousFindings(window)).toEqual([]);
  });

  await test.step('a range of its own is typed; half of one is not taken', async () => {
    await window.getByText('min, max', { exact: true }).click();
    await window.getByLabel('Upper end').fill('');
    await expect(window.getByText('A range needs both ends, as numbers.')).toBeVisible();
    await window.getByLabel('Upper end').fill('100');
    await expect(table.getByRole('row', { selected: true })).toContainText('… 100');
  });

  await test.step('the override is listed, and removed there', async () => {
    await window.getByText('Advanced').click();
    const list = window.getByRole('list', { name: 'Overrides' });
    await expect(list).toContainText('INT16, range');
    await list.getByRole('button', { name: /^Remove the override/ }).press('Enter');
    await expect(list).toHaveCount(0);
    await expect(table.getByRole('row', { selected: true })).toContainText('UINT8');
  });
});
