import { stat } from 'node:fs/promises';
import { go, openSample, quantize, runState, seeEvidence } from './support/story.ts';
import { expect, test } from './support/window.ts';

test('from a fresh start to an INT8 model with its evidence', async ({ window, violations }, info) => {
  await test.step('a fresh start offers the sample', async () => {
    await expect(window.getByRole('heading', { name: 'Start with the sample' })).toBeVisible();
    await openSample(window);
  });

  await test.step('Model: its operators, nothing that stops it', async () => {
    await expect(window.getByRole('grid', { name: 'Operators of the model' })).toContainText('BatchNormalization');
    await expect(window.locator('#screen')).toContainText('loads');
  });

  await test.step('Data: the float model is right on the images', async () => {
    await go(window, 'Data');
    await expect(window.getByRole('option', { name: /^bearing,/ }).first()).toBeVisible();
    await window.getByRole('button', { name: 'Check the float model' }).click();
    await expect(window.locator('.gate')).toContainText(/Float top-1 is 9\d\.\d % of 400 images – plausible/, { timeout: 60_000 });
  });

  await test.step('Recipe: what follows from it is visible before anything runs', async () => {
    await go(window, 'Recipe');
    const plan = window.getByRole('grid', { name: /^Nodes: \d+ rows/ });
    await expect(plan).toContainText('Conv of quantized values with constant weights');
    await expect(window.locator('#screen')).toContainText('of 30 that compute');
  });

  await test.step('Run: live progress, then the end', async () => {
    await quantize(window);
    await expect(window.getByRole('progressbar').first()).toBeVisible();
    await expect(runState(window)).toHaveText(/done/, { timeout: 60_000 });
    await expect(window.getByRole('list', { name: 'Log' })).toContainText('174 kB');
    await seeEvidence(window);
  });

  await test.step('Evidence: verdict, the four numbers, classes', async () => {
    await expect(window.getByRole('region', { name: 'Verdict' })).toContainText(/INT8 top-1 is \d\d\.\d % of 300 images/);
    for (const reading of ['INT8 top-1', 'INT8 top-5', 'INT8 size', 'INT8 latency']) {
      await expect(window.getByRole('group', { name: reading, exact: true })).toContainText(/\d\s(%|kB|ms|µs)/);
    }
    await expect(window.getByRole('region', { name: 'By class' }).getByRole('img')).toHaveAttribute('aria-label', /10 classes/);
    await window.getByRole('region', { name: 'By class' }).getByRole('button', { name: 'Table' }).click();
    await expect(window.getByRole('region', { name: 'By class' })).toContainText('gear');
  });

  await test.step('Layers: a heatmap whose cells select', async () => {
    await window.getByRole('tab', { name: 'Layers' }).click();
    await expect(window.getByRole('region', { name: 'Error by tensor' })).toBeVisible();
    await window.getByRole('grid', { name: 'Error of every tensor', exact: true }).getByText('/3/Add_output_0').click();
    await expect(window.getByRole('complementary', { name: 'Inspector' })).toContainText('/3/Add_output_0');
  });

  await test.step('Histograms: the observed values and the range that was chosen', async () => {
    await window.getByRole('tab', { name: 'Histograms' }).click();
    const histogram = window.getByRole('region', { name: /^Histogram of/ }).getByRole('img');
    await expect(histogram).toHaveAttribute('aria-label', /Chosen range [−\d].* to \d.*, scale \d.*, zero point \d+; clipped/);
  });

  await test.step('Runs: one line with its numbers', async () => {
    await go(window, 'Runs');
    await expect(window.getByRole('row', { name: /INT8 per-channel, mse, 100 images/ })).toContainText(/9\d\.\d\s% of 300/);
  });

  await test.step('the INT8 model comes out as a file', async () => {
    await go(window, 'Evidence');
    const [download] = await Promise.all([window.waitForEvent('download'), window.getByRole('button', { name: 'INT8 model' }).click()]);
    expect(download.suggestedFilename()).toBe('machine-parts-int8.onnx');
    const path = info.outputPath('model.onnx');
    await download.saveAs(path);
    expect((await stat(path)).size).toBeGreaterThan(100_000);
  });

  expect(violations).toEqual([]);
});
