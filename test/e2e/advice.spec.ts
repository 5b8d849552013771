import { runPerTensor } from './support/story.ts';
import { expect, test } from './support/window.ts';

test('from the histogram of a tensor to a fix and its measured effect, and from advice to a run', { tag: '@web' }, async ({ window, violations }) => {
  const todo = window.getByRole('region', { name: 'What to do', exact: true });
  const here = window.getByRole('region', { name: 'What to do here' });

  await test.step('one scale for all channels loses much', async () => {
    await runPerTensor(window);
    await expect(window.getByRole('region', { name: 'Verdict' })).toContainText(/points below float \(\d+ of 380 images\)/);
  });

  await test.step('a tensor of the histograms offers to keep its node float, and the effect is measured', async () => {
    await window.getByRole('tab', { name: 'Histograms' }).click();
    await window.getByRole('grid', { name: 'Quantized tensors' }).getByText('/2/Clip_output_0').click();
    await here.getByRole('button', { name: 'Keep this node float' }).click();
    await expect(here).toContainText(/stays float: measured top-1 .* against this run, on 380 images, \d+\skB/, { timeout: 60_000 });
  });

  await test.step('the first advice with a button is run from where it stands', async () => {
    await window.getByRole('tab', { name: 'Overview' }).click();
    const first = todo.getByRole('listitem').filter({ has: window.getByRole('button', { name: /^Run this/ }) }).first(); // prettier-ignore
    await expect(first).toContainText('large gain');
    await first.getByRole('button', { name: /^Run this/ }).click();
    await expect(todo).toContainText(/measured top-1 .*\+\d\d\.\d points.* against this run, on 380 images/, { timeout: 60_000 });
  });

  await test.step('and its run is a click away', async () => {
    const before = window.url();
    await todo.getByRole('link', { name: 'Weights per channel instead of per tensor' }).click();
    await expect(window).not.toHaveURL(before);
    await expect(window.getByRole('region', { name: 'Verdict' })).toContainText(/INT8 top-1 is [89]\d\.\d % of 380 images/);
  });

  expect(violations).toEqual([]);
});
