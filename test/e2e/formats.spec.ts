import { readFile } from 'node:fs/promises';
import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { go, openSample, quantize, runState, seeEvidence } from './support/story.ts';
import { expect, test } from './support/window.ts';

async function choose(window: Page, word: RegExp, choice: RegExp): Promise<void> {
  await go(window, 'Recipe');
  await window.getByRole('button', { name: word }).click();
  await window.getByRole('menuitemradio', { name: choice }).click();
}

async function run(window: Page): Promise<void> {
  await quantize(window);
  await expect(runState(window)).toHaveText(/done/, { timeout: 60_000 });
  await seeEvidence(window);
}

async function seriousFindings(window: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page: window }).options({ resultTypes: ['violations'] }).analyze();
  return violations.filter(({ impact }) => impact === 'serious' || impact === 'critical').map(({ id }) => id);
}

/** What each tab of Evidence says where the format has nothing of the usual kind; a table where it has. */
const FORMATS = [
  { goal: /^No images/, word: 'Dynamic INT8', Layers: 'no local errors', Histograms: 'Ranges are found while the model runs', Parameters: '15.weight' },
  { goal: /^Smallest/, word: 'Weight-only INT4', Layers: 'no local errors', Histograms: 'Activations stay float', Parameters: 'per block' },
  {
    goal: /^Half precision/,
    word: 'Float16',
    Layers: 'no local errors',
    Histograms: 'Half precision has no ranges',
    Parameters: 'Half precision has no parameters',
  },
] as const;

test('formats without fixed ranges: every tab shows what there is, or says why there is nothing', { tag: '@web' }, async ({ window }) => {
  test.slow();
  await openSample(window);
  for (const format of FORMATS) {
    await test.step(format.word, async () => {
      await choose(window, /^Goal/, format.goal);
      await run(window);
      await expect(window.getByRole('region', { name: 'Verdict' })).toContainText(`${format.word} top-1 is`);
      await expect(window.getByRole('button', { name: `${format.word} model` })).toBeVisible();
      for (const tab of ['Layers', 'Histograms', 'Parameters'] as const) {
        await window.getByRole('tab', { name: tab }).click();
        await expect(window.getByRole('tabpanel')).toContainText(format[tab]);
        await expect(window.getByRole('alert')).toHaveCount(0);
        expect.soft(await seriousFindings(window)).toEqual([]);
      }
    });
  }
});

test('a model that is quantized already: its recipe asks what becomes of it', async ({ window }, info) => {
  test.skip(info.project.name === 'desktop', 'a synthetic drop has no path there');
  test.slow();
  const existing = window.getByRole('region', { name: 'Quantized model' });
  const start = window.getByRole('button', { name: /^(Quantize|Measure)$/ });
  await openSample(window);
  await run(window);

  await test.step('the result becomes the model of the project', async () => {
    const [download] = await Promise.all([window.waitForEvent('download'), window.getByRole('button', { name: 'INT8 model' }).click()]);
    const path = info.outputPath('parts-int8.onnx');
    await download.saveAs(path);
    const base64 = (await readFile(path)).toString('base64');
    await window.evaluate(
      ([at, content]) => {
        // What a real browser process would know of the file; only the bridge asks.
        Object.assign(globalThis, { calibrantPaths: { 'parts-int8.onnx': at } });
        const dataTransfer = new DataTransfer();
        dataTransfer.items.add(new File([Uint8Array.from(atob(content), (character) => character.charCodeAt(0))], 'parts-int8.onnx'));
        dispatchEvent(new DragEvent('drop', { dataTransfer, cancelable: true }));
      },
      [path, base64] as const,
    );
    await go(window, 'Model');
    await expect(window.getByRole('group', { name: 'Model summary' })).toContainText('uint8');
  });

  await test.step('undecided, it does not start', async () => {
    await go(window, 'Recipe');
    await expect(existing).toContainText('This model is quantized already (QDQ)');
    await expect(start).toBeDisabled();
    await expect(window.getByRole('alert')).toHaveCount(0);
    if (info.project.name === 'web') expect.soft(await seriousFindings(window)).toEqual([]);
  });

  await test.step('quantized anew, the plan follows', async () => {
    await existing.getByRole('button', { name: /^Quantize anew By/ }).click();
    await expect(window.getByRole('grid', { name: /^Nodes/ })).toContainText('Conv of quantized values');
    await expect(start).toBeEnabled();
  });

  await test.step('kept, there is nothing to decide, and the run measures it', async () => {
    await existing.getByRole('button', { name: /^Keep it/ }).click();
    await expect(window.getByRole('button', { name: /^Range method/ })).toHaveCount(0);
    await start.click();
    await expect(runState(window)).toHaveText(/done/, { timeout: 60_000 });
    await seeEvidence(window);
    await expect(window.getByRole('region', { name: 'Verdict' })).toContainText('the same as');
    await window.getByRole('tab', { name: 'Histograms' }).click();
    await window.getByRole('grid', { name: 'Quantized tensors' }).getByRole('row').nth(1).click();
    await expect(window.getByRole('tabpanel')).toContainText('The model came with its ranges');
    await expect(window.getByRole('alert')).toHaveCount(0);
  });
});
