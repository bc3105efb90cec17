// What is in the bundle and under which licences, read off the metafile of esbuild.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Licences that may be shipped with a program under Apache-2.0. */
const ALLOWED = new Set([
  'MIT',
  'ISC',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  '0BSD',
  'BlueOak-1.0.0',
  'Python-2.0',
  'Unlicense',
]);

/**
 * The packages of which at least a line is in the bundle, sorted: name, version, licence, its text.
 * @throws {Error} for a package whose licence is missing or not among those allowed
 */
export function bundledPackages(metafile, root) {
  const folders = new Set();
  for (const { inputs } of Object.values(metafile.outputs)) {
    for (const [input, { bytesInOutput }] of Object.entries(inputs)) {
      const match = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input);
      if (match !== null && bytesInOutput > 0) folders.add(match[1]);
    }
  }
  const packages = [...folders].map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
    const words = String(license ?? '')
      .replaceAll(/[()]/g, '')
      .split(/ OR /);
    if (!words.some((word) => ALLOWED.has(word))) {
      throw new Error(
        `${name} ${version}: its licence, ${license ?? 'which it does not name'}, is not among those allowed`,
      );
    }
    return { name, version, license, text: licenceText(join(root, folder)) };
  });
  const key = ({ name, version }) => `${name}@${version}`;
  const unique = new Map(packages.map((entry) => [key(entry), entry]));
  return [...unique.values()].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

function licenceText(folder) {
  const file = readdirSync(folder).find((name) => /^(licen[cs]e|copying)([.-]|$)/i.test(name));
  const notice = ['NOTICE', 'NOTICE.txt', 'NOTICE.md'].find((name) => existsSync(join(folder, name)));
  const read = (name) => readFileSync(join(folder, name), 'utf8').replaceAll('\r\n', '\n').trim();
  return [file, notice].flatMap((name) => (name === undefined ? [] : [read(name)])).join('\n\n');
}

export function renderNotices(packages) {
  const parts = packages.map(({ name, version, license, text }) => {
    const body = text === '' ? `The package names its licence (${license}) without its text.` : text;
    return `${'='.repeat(80)}\n${name} ${version} (${license})\n${'='.repeat(80)}\n\n${body}\n`;
  });
  return `slicehints contains the following packages.\n\n${parts.join('\n')}`;
}

/** CycloneDX 1.5; without serial number, and with a time only where SOURCE_DATE_EPOCH gives one. */
export function renderSbom(packages, { version, license }) {
  const epoch = process.env.SOURCE_DATE_EPOCH;
  const component = (type, name, its, licence) => ({
    type,
    'bom-ref': purl(name, its),
    name,
    version: its,
    licenses: [licence.includes(' ') ? { expression: licence } : { license: { id: licence } }],
    purl: purl(name, its),
  });
  const bom = {
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    version: 1,
    metadata: {
      ...(epoch === undefined ? {} : { timestamp: new Date(Number(epoch) * 1000).toISOString() }),
      component: component('application', 'slicehints', version, license),
    },
    components: packages.map((entry) => component('library', entry.name, entry.version, entry.license)),
  };
  return `${JSON.stringify(bom, null, 2)}\n`;
}

function purl(name, version) {
  return `pkg:npm/${name.replace('@', '%40')}@${version}`;
}
