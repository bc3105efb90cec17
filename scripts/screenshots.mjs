// Takes docs/pictures/report-*.png of the report of examples/five-pods.yaml, in Chromium, light and dark:
// `npm run docs:screenshots`. Nothing compares them, because the pixels depend on the fonts of the machine.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';

if (!existsSync(executablePath)) {
  console.error(`There is no ${executablePath}; the variable CHROMIUM names another`);
  process.exitCode = 1;
} else await takeScreenshots();

async function takeScreenshots() {
  const folder = mkdtempSync(join(tmpdir(), 'slicehints-pictures-'));
  const browser = await chromium.launch({ executablePath, args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] });
  try {
    const file = join(folder, 'report.html');
    const args = ['report', '-f', at('examples/five-pods.yaml'), '--title', 'five-pods', '-o', file];
    execFileSync(process.execPath, [at('dist/cli/main.js'), ...args], { stdio: 'ignore' });
    for (const colorScheme of ['light', 'dark']) {
      const page = await browser.newPage({ viewport: { width: 1120, height: 860 }, colorScheme });
      await page.goto(pathToFileURL(file).href);
      // The page forbids eval, so that a function cannot be waited for.
      await page.waitForSelector('html[data-redraws]:not([data-working])');
      await page.screenshot({ path: at(`docs/pictures/report-${colorScheme}.png`) });
    }
  } finally {
    await browser.close();
    rmSync(folder, { recursive: true });
  }
}
