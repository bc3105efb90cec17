import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { expect } from 'vitest';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** The path of Chromium; undefined where it is not installed. `CHROMIUM` names another one. */
export const CHROMIUM = [process.env['CHROMIUM'] ?? '', ...PLACES].find((path) => path !== '' && existsSync(path));

export const WITHOUT_CHROMIUM =
  CHROMIUM === undefined
    ? ' (skipped: there is no Chromium; install the package chromium, or name one in CHROMIUM)'
    : '';

export function launchChromium(): Promise<Browser> {
  // Tests of a gate may run as root, for whom Chromium has no sandbox.
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return chromium.launch({ executablePath: CHROMIUM ?? '', args });
}

/** A page, with all that it asks for and complains about. */
export interface Opened {
  readonly page: Page;
  readonly requests: string[];
  readonly complaints: string[];
}

export async function openPage(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Opened> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const requests: string[] = [];
  const complaints: string[] = [];
  page.on('request', (request) => requests.push(request.url()));
  page.on('console', (message) => complaints.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  await page.goto(url);
  return { page, requests, complaints };
}

/** Does something to the page, and waits until it is drawn again. */
export async function redrawn(page: Page, act: () => Promise<unknown>): Promise<void> {
  const html = page.locator('html');
  const before = await html.getAttribute('data-redraws');
  await act();
  await expect.poll(() => html.getAttribute('data-redraws'), { timeout: 10_000, interval: 10 }).not.toBe(before);
}

/** Waits for what the page works out when nothing else is to be done. */
export async function workedOut(page: Page): Promise<void> {
  await expect.poll(() => page.locator('html').getAttribute('data-working'), { timeout: 10_000 }).toBeNull();
}

/** The number behind a figure; undefined where it shows none. */
export async function figureOf(page: Page, name: string): Promise<number | undefined> {
  const value = await page.locator(`[data-figure="${name}"]`).first().getAttribute('data-value');
  return value === null || value === '' ? undefined : Number(value);
}

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe-core finds wrong, one line each. */
export async function violationsOf(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  return page.evaluate(
    `axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html).join(' | ')))`,
  );
}
