import type { Locator, Page } from '@playwright/test';
import { DEFAULT_RECIPE } from '../../src-main/contract/recipe.ts';
import { openStore } from '../../src-main/store/store.ts';
import { evaluateResult, runResult } from '../fixtures/records.ts';
import { seed } from '../store/seeded.ts';
import { press } from './support/keys.ts';
import { expect, test as base } from './support/window.ts';

/** Three finished runs in the data folder before the host opens it. */
const test = base.extend({
  home: async ({ home }, use) => {
    const store = await openStore(home);
    const { start, finish } = await seed(store, 'Camera');
    const scores = { good: 90, cheap: 84, collapsed: 12 };
    for (const [i, [name, value]] of Object.entries(scores).entries()) {
      const headline = { metric: 'top-1', unit: '%', higher: true, value, float: 91 } as const;
      const sizeBytes = { float: 14_000_000, quantized: 4_000_000 - 100_000 * i };
      await finish(start(name), {
        ...runResult,
        quantize: { ...runResult.quantize, sizeBytes, recipe: DEFAULT_RECIPE },
        evaluate: { ...evaluateResult, headline },
      });
    }
    store.close();
    await use(home);
  },
});

const runsGrid = (window: Page): Locator => window.getByRole('grid', { name: /^Runs of this project/ });

async function names(window: Page): Promise<string[]> {
  const rows = runsGrid(window)
    .getByRole('row')
    .filter({ has: window.getByRole('link') });
  const cells = await rows.evaluateAll((all) => all.map((row) => [row.getAttribute('aria-rowindex'), row.querySelector('a')?.textContent.trim()] as const));
  return cells.toSorted(([a], [b]) => Number(a) - Number(b)).map(([, name]) => name ?? '');
}

test('runs are sorted, tagged, pinned, compared and brought back without a mouse', async ({ window }) => {
  await window.getByRole('link', { name: 'Camera' }).first().focus();
  await press(window, 'Enter');
  await expect(window).toHaveURL(/\/p\//);
  await press(window, 'g', 'u');
  const grid = runsGrid(window);
  await expect(grid).toBeVisible();
  await expect.poll(() => names(window)).toEqual(['collapsed', 'cheap', 'good']);

  await test.step('a header sorts with Enter, a second one with Shift-Enter', async () => {
    await grid.getByRole('button', { name: 'Top-1' }).focus();
    await press(window, 'Enter');
    await expect(grid.getByRole('columnheader', { name: 'Top-1' })).toHaveAttribute('aria-sort', 'descending');
    await expect.poll(() => names(window)).toEqual(['good', 'cheap', 'collapsed']);
    await grid.getByRole('button', { name: 'Tags' }).focus();
    await press(window, 'Shift+Enter');
    await expect(grid.getByRole('columnheader', { name: /Tags.*then by this one, ascending/ })).toBeVisible();
  });

  await test.step('T tags, and Ctrl-Z takes it back', async () => {
    await grid.focus();
    await press(window, 'Home', 't');
    await expect(window.getByRole('textbox', { name: 'Tags, with commas between' })).toBeFocused();
    await window.keyboard.type('release, camera');
    await press(window, 'Enter');
    const tagged = grid.getByRole('row', { name: /good.*release.*camera/ });
    await expect(tagged).toBeVisible();
    await grid.focus();
    await press(window, 'Control+z');
    await expect(tagged).toBeHidden();
  });

  await test.step('B pins the baseline on top, and changes are told against it', async () => {
    await press(window, 'End', 'ArrowUp', 'b');
    await expect(grid.getByRole('row').nth(1)).toContainText('cheap');
    await expect(grid.getByRole('row', { name: /good/ })).toContainText('+6.0');
  });

  await test.step('two checked runs are compared with C', async () => {
    await press(window, 'Home', 'Space', 'ArrowDown', 'Space', 'c');
    await expect(window.getByRole('button', { name: 'All runs' })).toBeFocused();
    await expect(window.getByRole('row', { name: /^top-1/ })).toContainText('90.0\u00a0%');
    await expect(window.getByText('Both runs have the same recipe.')).toBeVisible();
    await press(window, 'Escape');
    await expect(grid).toBeFocused();
  });

  await test.step('Delete removes, and undo goes back step by step', async () => {
    await press(window, 'End', 'Delete');
    await expect(grid.getByRole('row', { name: /collapsed/ })).toBeHidden();
    await press(window, 'Control+z');
    await expect(grid.getByRole('row', { name: /collapsed/ })).toBeVisible();
    await press(window, 'Control+z');
    await expect(window.getByRole('radiogroup', { name: 'Compare runs with' })).toBeHidden();
  });
});
