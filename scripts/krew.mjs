// Makes, from what `npm run bundle` has made, the archive that Krew installs (bundle/slicehints-krew.tar.gz) and its manifest
// (bundle/slicehints.yaml). The same sources give the same bytes.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';

const { values } = parseArgs({ options: { bundle: { type: 'string', default: 'bundle' } } });
const root = fileURLToPath(new URL('..', import.meta.url));
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const template = readFileSync(join(root, 'deploy/krew/slicehints.yaml'), 'utf8');

const sources = {
  'kubectl-slicehints': join(root, 'deploy/krew/kubectl-slicehints'),
  'main.js': join(values.bundle, 'main.js'),
  'package.json': join(values.bundle, 'package.json'),
  LICENSE: join(root, 'LICENSE'),
  'third-party-notices.txt': join(values.bundle, 'third-party-notices.txt'),
};
const folder = mkdtempSync(join(tmpdir(), 'slicehints-krew-'));
try {
  for (const [name, source] of Object.entries(sources)) {
    copyFileSync(source, join(folder, name));
    chmodSync(join(folder, name), name === 'kubectl-slicehints' ? 0o755 : 0o644);
  }
  const epoch = process.env.SOURCE_DATE_EPOCH ?? '0';
  const options = ['--format=ustar', '--sort=name', `--mtime=@${epoch}`, '--owner=0', '--group=0', '--numeric-owner'];
  const tar = execFileSync('tar', [...options, '-C', folder, '-cf', '-', ...Object.keys(sources)], {
    maxBuffer: 2 ** 28,
  });
  const archive = gzipSync(tar, { level: 9 });
  writeFileSync(join(values.bundle, 'slicehints-krew.tar.gz'), archive);
  const facts = {
    __VERSION__: `v${version}`,
    __URI__: `https://github.com/slicehints/slicehints/releases/download/v${version}/slicehints-krew.tar.gz`,
    __SHA256__: createHash('sha256').update(archive).digest('hex'),
  };
  const manifest = template.replaceAll(/^#.*\n/gm, '').replaceAll(/__[A-Z0-9]+__/g, (place) => facts[place] ?? place);
  writeFileSync(join(values.bundle, 'slicehints.yaml'), manifest);
} finally {
  rmSync(folder, { recursive: true });
}
