// Takes docs/pictures/report-*.png of the report of examples/five-pods.yaml, in Chromium, light and dark. Part of
// `npm run docs:pictures`; with --check nothing is done, because the pixels depend on the fonts of the machine.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';

if (!process.argv.includes('--check')) {
  if (!existsSync(executablePath)) {
    console.error(
      `docs/pictures/report-*.png are left as they are: there is no ${executablePath} (CHROMIUM names another)`,
    );
  } else await takeScreenshots();
}

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
      await page.waitForFunction(
        'document.documentElement.dataset.redraws && !document.documentElement.dataset.working',
      );
      await page.screenshot({ path: at(`docs/pictures/report-${colorScheme}.png`) });
    }
  } finally {
    await browser.close();
    rmSync(folder, { recursive: true });
  }
}
