// Makes the page of `slicehints report` from src/report/page: one script with the planner in it, and one style sheet.
// `node scripts/reportPage.mjs dist/report` writes page.js and page.css there; scripts/bundle.mjs puts them into its file.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));

/** @returns the text of the script and of the style sheet */
export async function buildPage() {
  const { outputFiles, warnings } = await build({
    absWorkingDir: root,
    entryPoints: ['src/report/page/main.ts', 'src/report/page/style.css'],
    outdir: 'page',
    write: false,
    bundle: true,
    platform: 'browser',
    target: ['chrome111', 'firefox113', 'safari16.4'],
    format: 'iife',
    minify: true,
    charset: 'ascii',
    legalComments: 'none',
    tsconfigRaw: {},
  });
  if (warnings.length > 0) throw new Error(`esbuild warns: ${warnings.map(({ text }) => text).join('; ')}`);
  const textOf = (end) => outputFiles.find(({ path }) => path.endsWith(end)).text;
  return { script: textOf('.js'), style: textOf('.css') };
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  const [, , folder = 'dist/report'] = argv;
  const { script, style } = await buildPage();
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'page.js'), script);
  await writeFile(join(folder, 'page.css'), style);
}
