import { openSample, quantize, seeEvidence } from './support/story.ts';
import { expect, test } from './support/window.ts';

test('heatmaps and the graph without a mouse, under the strict policy', async ({ window, violations }) => {
  await openSample(window);
  await quantize(window);
  await seeEvidence(window);
  const inspector = window.getByRole('complementary', { name: 'Inspector' });
  const tab = async (name: string): Promise<void> => {
    await window.getByRole('tab', { name }).focus();
    await window.keyboard.press('Enter');
  };

  await test.step('cells of layers × metrics are walked, Enter selects the tensor', async () => {
    await tab('Layers');
    const heatmap = window.getByRole('application', { name: /^Error of every tensor/ });
    await heatmap.focus();
    for (const key of ['ArrowDown', 'ArrowDown', 'ArrowRight', 'Enter']) await window.keyboard.press(key);
    await expect(window.locator('.layers .reading')).toContainText('SQNR local');
    await expect(inspector).toContainText('/3/body/body.2/Clip_output_0');
  });

  await test.step('the graph is drawn in a worker and shows the selection', async () => {
    await tab('Graph');
    const graph = window.getByRole('application', { name: 'Graph of the model' });
    await expect(graph).toHaveAttribute('data-state', 'drawn', { timeout: 20_000 });
    const reading = window.locator('.graph-reading');
    await expect(reading).toContainText('/3/body/body.2/Clip');
    await graph.focus();
    await window.keyboard.press('ArrowDown');
    await expect(reading).toContainText('/3/body/body.3/Conv');
    await expect(inspector).toContainText('/3/body/body.3/Conv');
    await window.keyboard.press('Backspace');
    await expect(reading).toContainText('closed block');
    await window.keyboard.press('Enter');
    await expect(reading).not.toContainText('closed block');
  });

  await test.step('the search leads to a node, and its number can be read', async () => {
    await window.keyboard.press('/');
    await window.keyboard.type('add');
    await window.keyboard.press('Enter');
    await expect(window.locator('.graph-reading')).toContainText(/\/3\/Add.*SQNR cumulative \d/);
    await expect(inspector).toContainText('/3/Add');
    await window.getByRole('combobox', { name: 'Colour of the nodes' }).selectOption('Placement');
    await expect(window.locator('.graph-reading')).toContainText('integer');
  });
  expect(violations).toEqual([]);
});
