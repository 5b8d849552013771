import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { chromium, expect, type Page } from '@playwright/test';
import sharp from 'sharp';
import { findChromium } from './chromium.ts';
import { go, openSample, quantize, runState, seeEvidence } from './support/story.ts';
import { startWebProcess } from './support/web-process.ts';

/**
 * Makes the pictures of README and guide from the bundled sample: `npx vite build && node test/e2e/screenshots.ts`. With a folder as its argument
 * it puts every picture there instead, in both themes and at the smallest size too, for looking at all screens.
 */
const look = process.argv[2];
const target = look ? resolve(look) : resolve(import.meta.dirname, '../../docs/images');
const LARGE = { width: 1440, height: 900 };
const SMALL = { width: 1024, height: 700 };
/** Shown in README and guide in dark too. */
const DARK = new Set(['evidence', 'layers', 'graph', 'images', 'calibration']);

async function shot(page: Page, name: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    if (!look && colorScheme === 'dark' && !DARK.has(name)) continue;
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    for (const size of look ? [LARGE, SMALL] : [LARGE]) {
      await page.setViewportSize(size);
      // Charts and lists draw again one frame after the size has changed.
      await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn, 150))));
      const png = await sharp(await page.screenshot())
        .png({ palette: true, colours: 128, dither: 0.5, effort: 8 })
        .toBuffer();
      await writeFile(join(target, `${name}-${colorScheme}${size === SMALL ? '-small' : ''}.png`), png);
    }
  }
  await page.setViewportSize(LARGE);
}

await mkdir(target, { recursive: true });
const folder = await mkdtemp(join(tmpdir(), 'calibrant-pictures-'));
const host = await startWebProcess(join(folder, 'calibrant'));
const browser = await chromium.launch({ executablePath: findChromium() ?? '', args: ['--no-sandbox'] });
try {
  const page = await browser.newPage({ viewport: LARGE });
  await page.goto(host.link);
  await expect(page.getByRole('button', { name: 'Open the sample' })).toBeVisible();
  await shot(page, 'start');

  await openSample(page);
  await page.getByRole('grid', { name: 'Operators of the model' }).getByText('/3/body/body.3/Conv', { exact: true }).click();
  await shot(page, 'model');
  await page.keyboard.press('Escape');

  await go(page, 'Data');
  await page.getByRole('button', { name: 'Check the float model' }).click();
  await expect(page.locator('.gate')).toContainText('plausible', { timeout: 60_000 });
  await page
    .getByRole('option', { name: /^bearing,/ })
    .nth(5)
    .click();
  await expect(page.locator('.preprocess img, .preprocess canvas').first()).toBeVisible();
  await shot(page, 'data');

  // A wrong scale is found by the gate; its button takes the right one over again.
  await page.getByRole('combobox', { name: 'Common' }).selectOption('0…255');
  await page.getByRole('textbox', { name: /^Accuracy that the float model should have/ }).fill('95');
  await page.getByRole('button', { name: 'Save and check' }).click();
  const right = page.getByRole('button', { name: /^Use this preprocessing/ }).first();
  await expect(right).toBeVisible({ timeout: 60_000 });
  await shot(page, 'gate');
  await right.click();
  await page.getByRole('button', { name: 'Check again' }).click();
  await expect(page.locator('.gate')).toContainText('plausible', { timeout: 60_000 });

  await go(page, 'Recipe');
  await expect(page.getByRole('grid', { name: /^Nodes/ })).toContainText('Conv');
  await shot(page, 'recipe');

  await quantize(page);
  await expect(page.locator('.stages [aria-current]')).toContainText('measuring accuracy');
  await shot(page, 'run');
  await expect(runState(page)).toHaveText(/done/, { timeout: 60_000 });

  await seeEvidence(page);
  await expect(page.getByRole('region', { name: 'By class' })).toBeVisible();
  await shot(page, 'evidence');
  await page.getByRole('tab', { name: 'Layers' }).click();
  await page.getByRole('grid', { name: 'Error of every tensor', exact: true }).getByText('/5/body/body.7/BatchNormalization_output_0').click();
  await expect(page.getByRole('complementary', { name: 'Inspector' }).getByRole('img')).toBeVisible();
  await shot(page, 'layers');
  await page.getByRole('tab', { name: 'Histograms' }).click();
  await expect(page.getByRole('region', { name: /^Histogram of/ }).getByRole('img')).toBeVisible();
  await shot(page, 'histograms');
  await page.getByRole('tab', { name: 'Calibration' }).click();
  await page.getByRole('button', { name: 'Look at the calibration images' }).click();
  await expect(page.getByRole('button', { name: 'Look again' })).toBeVisible({ timeout: 120_000 });
  await shot(page, 'calibration');

  // Now every change of the recipe is predicted; the worst tensor shows its editor.
  await page.keyboard.press('Escape');
  await go(page, 'Recipe');
  await page.getByRole('group', { name: 'Worst predicted SQNR' }).getByRole('button').click();
  await expect(page.getByRole('img', { name: /tensors: median/ })).toBeVisible();
  await shot(page, 'prediction');
  await page.keyboard.press('Escape');

  // More runs give the list something to compare.
  for (const [word, choice] of [
    [/^Granularity/, /^per tensor/],
    [/^Goal/, /^No images/],
    [/^Goal/, /^Smallest/],
    [/^Goal/, /^Half precision/],
  ] as const) {
    await go(page, 'Recipe');
    await page.getByRole('button', { name: word }).click();
    await page.getByRole('menuitemradio', { name: choice }).click();
    await quantize(page);
    await expect(runState(page)).toHaveText(/done/, { timeout: 90_000 });
  }
  await page.keyboard.press('Escape');
  await go(page, 'Runs');
  await shot(page, 'runs');

  // The run that lost most has the most to show.
  await page
    .getByRole('link', { name: /per-tensor/ })
    .first()
    .click();
  await expect(page.getByRole('tab', { name: 'Overview' })).toBeVisible();
  await shot(page, 'advice');
  const tab = async (name: string): Promise<void> => page.getByRole('tab', { name }).click();
  await tab('Layers');
  await page.getByRole('radiogroup', { name: 'What is shown of every tensor' }).getByText('channels').first().click();
  await expect(page.getByRole('application', { name: /from channel to channel/ })).toBeVisible();
  await shot(page, 'channels');
  await tab('Graph');
  await expect(page.getByRole('application', { name: 'Graph of the model' })).toHaveAttribute('data-state', 'drawn', { timeout: 20_000 });
  await shot(page, 'graph');
  await tab('Images');
  await page.getByRole('listbox', { name: /^Images/ }).focus();
  await page.keyboard.press('ArrowDown');
  await expect(page.getByRole('region', { name: /^Along the graph/ })).toBeVisible({ timeout: 30_000 });
  await shot(page, 'images');
  await tab('Speed');
  await expect(page.getByRole('grid').first()).toBeVisible();
  await shot(page, 'speed');
} finally {
  await browser.close();
  await host.stop();
  await rm(folder, { recursive: true, force: true });
}
