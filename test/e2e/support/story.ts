import { expect, type Locator, type Page } from '@playwright/test';

/** The steps that several scenarios share, by what a person sees. */

export type Screen = 'Projects' | 'Model' | 'Data' | 'Recipe' | 'Runs' | 'Evidence';

export async function go(window: Page, screen: Screen): Promise<void> {
  const link = window.getByRole('navigation', { name: 'Screens' }).getByRole('link', { name: screen });
  await link.click();
  await expect(link).toHaveAttribute('aria-current', 'page');
}

export async function openSample(window: Page): Promise<void> {
  await window.getByRole('button', { name: 'Open the sample' }).click();
  await expect(window.getByRole('grid', { name: 'Operators of the model' })).toBeVisible();
}

export async function quantize(window: Page): Promise<void> {
  await go(window, 'Recipe');
  await window.getByRole('button', { name: 'Quantize' }).click();
  await expect(window).toHaveURL(/\/run\//);
}

/** What the screen of a run says about its state. */
export const runState = (window: Page): Locator => window.locator('.run .run-state');

export async function seeEvidence(window: Page): Promise<void> {
  await window.getByRole('link', { name: 'See evidence' }).click({ timeout: 60_000 });
  await expect(window.getByRole('tab', { name: 'Overview' })).toHaveAttribute('aria-selected', 'true');
}

/** A run of the sample that loses much: one scale for all channels. */
export async function runPerTensor(window: Page): Promise<void> {
  await openSample(window);
  await go(window, 'Recipe');
  await window.getByRole('spinbutton', { name: 'Images that calibrate' }).fill('20');
  await window.getByRole('button', { name: /^Granularity/ }).click();
  await window.getByRole('menuitemradio', { name: /^per tensor/ }).click();
  await window.getByRole('button', { name: 'Quantize' }).click();
  await expect(runState(window)).toHaveText(/done/, { timeout: 60_000 });
  await seeEvidence(window);
}
