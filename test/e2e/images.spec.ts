import { tabTo } from './support/keys.ts';
import { runPerTensor } from './support/story.ts';
import { expect, test } from './support/window.ts';

test('a range is moved with the keyboard, and an image leads to the layer where the models part', { tag: '@web' }, async ({ window, violations }) => {
  await runPerTensor(window);
  const range = window.getByRole('region', { name: 'Range', exact: true });
  const predicted = range.getByRole('status');
  const run = range.getByRole('button', { name: 'Run with this range' });

  await test.step('the predicted error follows a handle', async () => {
    await tabTo(window, window.getByRole('tab', { name: 'Overview' }));
    await window.keyboard.press('ArrowRight');
    while (!(await window.getByRole('tab', { name: 'Histograms' }).evaluate((tab) => tab === document.activeElement)))
      await window.keyboard.press('ArrowRight');
    await window.keyboard.press('Enter');
    await tabTo(window, window.getByRole('grid', { name: 'Quantized tensors' }));
    await window.keyboard.press('ArrowDown');
    await window.keyboard.press('ArrowDown');
    const handle = window.getByRole('slider', { name: /^Upper end/ });
    await expect(run).toBeDisabled();
    await tabTo(window, handle);
    const before = { value: await handle.getAttribute('aria-valuenow'), text: await predicted.textContent() };
    await window.keyboard.press('Shift+ArrowLeft');
    await window.keyboard.press('Shift+ArrowLeft');
    await expect(predicted).not.toHaveText(before.text ?? '');
    expect(Number(await handle.getAttribute('aria-valuenow'))).toBeLessThan(Number(before.value));
    await expect(run).toBeEnabled();
  });

  await test.step('a run tries the range, and its measured effect stands there', async () => {
    await tabTo(window, run);
    await window.keyboard.press('Enter');
    await expect(range).toContainText(/measured top-1 .* against this run, on 380 images/, { timeout: 60_000 });
  });

  await test.step('a method is picked, and what it chose is what a run would take', async () => {
    const minmax = range.getByRole('button', { name: /^min–max/ });
    await tabTo(window, minmax);
    await window.keyboard.press('Enter');
    await expect(minmax).toHaveAttribute('aria-pressed', 'true');
    await expect(predicted).toContainText('0 %');
  });

  await test.step('the arrow keys walk through the images that were lost', async () => {
    await window.getByRole('tab', { name: 'Histograms' }).focus();
    await window.keyboard.press('ArrowRight');
    await window.keyboard.press('Enter');
    const list = window.getByRole('listbox', { name: /^Images/ });
    await tabTo(window, list);
    await expect(window.getByRole('region', { name: /^Image / })).toContainText('other answer');
    await window.keyboard.press('ArrowDown');
    await expect(list.getByRole('option', { selected: true })).toContainText(/lost|changed/);
    await expect(window).toHaveURL(/image=\d+/);
    const name = (await list.getByRole('option', { selected: true }).locator('.mono').getAttribute('title')) ?? '';
    await expect(window.getByRole('region', { name: `Image ${name}` })).toContainText('They part at');
  });

  await test.step('and to the layer', async () => {
    const link = window.getByRole('region', { name: /^Along the graph/ }).getByRole('button', { name: /output/ });
    await tabTo(window, link);
    const tensor = (await link.textContent())?.trim() ?? '';
    await window.keyboard.press('Enter');
    await expect(window).toHaveURL(/tensor=/);
    await expect(window.getByRole('complementary', { name: 'Inspector' }).getByRole('heading').first()).toHaveText(tensor);
  });
  expect(violations).toEqual([]);
});
