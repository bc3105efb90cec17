// Makes bundle/: main.js, the whole program in one file that needs nothing beside it but Node; third-party-notices.txt,
// the licences of every package in it; and sbom.cdx.json, the same packages as a CycloneDX bill of materials. The same
// sources give the same bytes: SOURCE_DATE_EPOCH is the only time that is ever written.
import { readFileSync, readdirSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { buildPage } from './reportPage.mjs';
import { bundledPackages, renderNotices, renderSbom } from './thirdParty.mjs';

const { values } = parseArgs({ options: { outdir: { type: 'string', default: 'bundle' } } });
const root = fileURLToPath(new URL('..', import.meta.url));
const { version, license } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** The generated API of client-node is a hundred thousand lines without side effects; what is not used may go. */
const pureClient = {
  name: 'client-node-is-pure',
  setup({ onResolve, resolve }) {
    onResolve({ filter: /.*/ }, async ({ path, importer, resolveDir, kind, pluginData }) => {
      if (pluginData === 'resolved' || !/^\.|client-node/.test(path)) return undefined;
      const found = await resolve(path, { importer, resolveDir, kind, pluginData: 'resolved' });
      return found.path.includes('/@kubernetes/client-node/') ? { ...found, sideEffects: false } : found;
    });
  },
};

/** The files of the chart in which the sandbox finds CustomResourceDefinitions; the bundle has no chart beside it. */
const files = join(root, 'charts/slicehints/files');
const definitions = readdirSync(files)
  .filter((name) => name.endsWith('.yaml'))
  .sort()
  .map((name) => readFileSync(join(files, name), 'utf8'))
  .filter((text) => /^kind: CustomResourceDefinition$/m.test(text));

await rm(values.outdir, { recursive: true, force: true });
const { metafile, warnings } = await build({
  absWorkingDir: root,
  entryPoints: ['src/cli/main.ts'],
  outfile: join(values.outdir, 'main.js'),
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  // CommonJS, because the file must run as main.js with no package.json that says otherwise.
  format: 'cjs',
  banner: { js: "const bundleUrl = require('node:url').pathToFileURL(__filename).href;" },
  define: {
    SLICEHINTS_VERSION: JSON.stringify(version),
    SLICEHINTS_DEFINITIONS: JSON.stringify(definitions),
    SLICEHINTS_REPORT_PAGE: JSON.stringify(await buildPage()),
    'import.meta.url': 'bundleUrl',
  },
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  // ASCII alone (esbuild's default) lets V8 hold the source in a byte per character: a fifth of the start.
  charset: 'ascii',
  metafile: true,
  plugins: [pureClient],
});
if (warnings.length > 0) throw new Error(`esbuild warns: ${warnings.map(({ text }) => text).join('; ')}`);

const packages = bundledPackages(metafile, root);
await mkdir(values.outdir, { recursive: true });
await writeFile(join(values.outdir, 'third-party-notices.txt'), renderNotices(packages));
// Only for running it inside this repository, whose own package.json would make the file an ES module.
await writeFile(join(values.outdir, 'package.json'), '{ "type": "commonjs" }\n');
await writeFile(join(values.outdir, 'sbom.cdx.json'), renderSbom(packages, { version, license }));
const [bytes] = Object.values(metafile.outputs).map((output) => output.bytes);
console.log(`${values.outdir}/main.js: ${(bytes / 2 ** 20).toFixed(1)} MiB, ${packages.length} packages`);
