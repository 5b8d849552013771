import { press, tabTo } from './support/keys.ts';
import { runState } from './support/story.ts';
import { expect, test } from './support/window.ts';

test('from the sample to the evidence without a mouse', async ({ window }) => {
  await tabTo(window, window.getByRole('button', { name: 'Open the sample' }));
  await press(window, 'Enter');

  await test.step('rows are walked with the arrow keys, and the inspector follows', async () => {
    await tabTo(window, window.getByRole('grid', { name: 'Operators of the model' }));
    await press(window, 'ArrowDown', 'ArrowDown');
    await expect(window.getByRole('complementary', { name: 'Inspector' }).getByRole('heading').first()).toHaveText(/^\/\d/);
    await press(window, 'Escape');
    await expect(window.getByText('Nothing selected')).toBeVisible();
  });

  await test.step('G and a letter goes to a screen', async () => {
    await press(window, 'g', 'd');
    await expect(window).toHaveURL(/\/data/);
    await press(window, 'g', 'r');
    await expect(window).toHaveURL(/\/recipe/);
  });

  await test.step('a word of the recipe is changed, and changed back', async () => {
    const range = window.getByRole('button', { name: /^Range method/ });
    await tabTo(window, range);
    await press(window, 'Enter');
    await expect(window.getByRole('menuitemradio', { name: /^min–max/ })).toBeVisible();
    await press(window, 'ArrowDown', 'Enter');
    await expect(range).toHaveText(/min–max/);
    await expect(range).toBeFocused();
    await press(window, 'Enter');
    await expect(window.getByRole('menuitemradio', { name: /^least/ })).toBeVisible();
    await press(window, 'Home', 'Enter');
    await expect(range).toHaveText(/least squared error/);
  });

  await test.step('a run is started and its evidence opened', async () => {
    await press(window, 'g', 'r');
    await window.getByRole('main').focus();
    await tabTo(window, window.getByRole('button', { name: 'Quantize' }));
    await press(window, 'Enter');
    await expect(runState(window)).toHaveText(/done/, { timeout: 60_000 });
    await tabTo(window, window.getByRole('link', { name: 'See evidence' }));
    await press(window, 'Enter');
  });

  await test.step('tabs are walked with the arrow keys', async () => {
    await tabTo(window, window.getByRole('tab', { name: 'Overview' }));
    await press(window, 'ArrowRight', 'Enter');
    await expect(window.getByRole('tab', { name: 'Layers' })).toHaveAttribute('aria-selected', 'true');
  });

  await test.step('the palette finds a tensor', async () => {
    await press(window, 'Control+k');
    await window.keyboard.type('/3/Add_output');
    await expect(window.getByRole('option', { name: /\/3\/Add_output_0/ })).toBeVisible();
    await press(window, 'Enter');
    await expect(window.getByRole('complementary', { name: 'Inspector' })).toContainText('/3/Add_output_0');
  });

  await test.step('? lists the keys', async () => {
    await press(window, '?');
    await expect(window.getByRole('dialog')).toContainText('Go to');
    await press(window, 'Escape');
    await expect(window.getByRole('dialog')).toBeHidden();
  });
});
