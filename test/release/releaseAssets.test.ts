import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';

interface Step {
  readonly name?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, string>>;
}
const { steps } = (
  parse(readFileSync('.github/workflows/release.yaml', 'utf8')) as { jobs: { release: { steps: readonly Step[] } } }
).jobs.release;
const scriptOf = (name: string): string => steps.find((step) => step.name?.startsWith(name))?.run ?? '';

/** What the programs would do that the workflow runs; each notes its arguments. */
const PROGRAMS = {
  npm: 'if [ "$*" = "run krew" ]; then mkdir -p bundle && cd bundle && for file in $BUNDLED; do echo "$file" > "$file"; done; fi',
  helm: 'if [ "$1" = package ]; then mkdir -p release && echo chart > release/slicehints-1.2.3.tgz; elif [ "$1" = push ]; then printf "$PUSHED" >&2; fi',
  cosign: 'if [ "$1" = sign-blob ]; then echo "signature of $5" > "$4"; fi',
  gh: ':',
};
/** As `npm run krew` leaves bundle/. */
const BUNDLED = 'main.js package.json sbom.cdx.json slicehints-krew.tar.gz slicehints.yaml third-party-notices.txt';
const ASSETS = [
  'checksums.txt',
  'main.js',
  'sbom.cdx.json',
  'slicehints-1.2.3.tgz',
  'slicehints-krew.tar.gz',
  'slicehints.yaml',
  'third-party-notices.txt',
];

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'slicehints-release-'));
  mkdirSync(join(folder, 'programs'));
  for (const [name, script] of Object.entries(PROGRAMS)) {
    const file = join(folder, 'programs', name);
    writeFileSync(file, `#!/bin/bash\necho "${name} $*" >> "$CALLS"\n${script}\n`);
    chmodSync(file, 0o755);
  }
  writeFileSync(join(folder, 'attestation.jsonl'), '{"provenance":1}\n');
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs a step as GitHub does. @returns the calls of programs */
function run(script: string, env: Readonly<Record<string, string>> = {}): string[] {
  const calls = join(folder, 'calls');
  writeFileSync(calls, '');
  execFileSync('bash', ['-e', '-c', script], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'ignore'],
    env: {
      PATH: `${join(folder, 'programs')}:${process.env['PATH'] ?? ''}`,
      CALLS: calls,
      BUNDLED,
      PUSHED: 'Pushed: ghcr.io/o/charts/slicehints:1.2.3\\nDigest: sha256:abc\\n',
      ...{ OWNER: 'o', ACTOR: 'a', TOKEN: 't', VERSION: '1.2.3', TAG: 'v1.2.3' },
      ...{ PROVENANCE: join(folder, 'attestation.jsonl'), SOURCE_DATE_EPOCH: '0' },
      ...env,
    },
  });
  return readFileSync(calls, 'utf8').trimEnd().split('\n');
}

describe('the release, step by step', () => {
  test('the chart is pushed, and what was pushed is signed by its digest', () => {
    expect(run(scriptOf('Push the chart'))).toEqual([
      'helm registry login ghcr.io --username a --password-stdin',
      'helm package charts/slicehints --destination release',
      'helm push release/slicehints-1.2.3.tgz oci://ghcr.io/o/charts',
      'cosign sign --yes ghcr.io/o/charts/slicehints@sha256:abc',
    ]);
  });

  test('a chart that was not pushed ends the release', () => {
    expect(() => run(scriptOf('Push the chart'), { PUSHED: 'Error: denied\\n' })).toThrow('Command failed');
  });

  test('the files are program, chart, Krew package, licences and bill of materials, with a checksum for each', () => {
    run(scriptOf('Make the files'));
    expect(readdirSync(join(folder, 'release')).sort()).toEqual(ASSETS);
    const listed = readFileSync(join(folder, 'release/checksums.txt'), 'utf8').trimEnd().split('\n');
    expect(listed.map((line) => line.split('  ')[1])).toEqual(ASSETS.filter((file) => file !== 'checksums.txt'));
    execFileSync('sha256sum', ['--check', '--quiet', 'checksums.txt'], { cwd: join(folder, 'release') });
  });

  test('their provenance is attested before anything is added', () => {
    const order = steps.map(({ name, uses }) => name ?? uses?.split('@')[0]);
    const provenance = order.indexOf('actions/attest-build-provenance');
    expect(order[provenance - 1]).toBe('Make the files of the release');
    expect(order[provenance + 1]).toBe('Sign the files, and make the release');
    expect(steps[provenance]?.with).toEqual({ 'subject-path': 'release/*' });
  });

  test('each file has its signature, and the release its provenance, under names that Scorecard counts', () => {
    const calls = run(scriptOf('Sign the files'));
    const signed = ASSETS.flatMap((file) => [file, `${file}.sigstore.json`]);
    const released = [...signed, 'slicehints.intoto.jsonl'].sort();
    expect(readdirSync(join(folder, 'release')).sort()).toEqual(released);
    for (const file of ASSETS) {
      expect(readFileSync(join(folder, 'release', `${file}.sigstore.json`), 'utf8')).toBe(`signature of ${file}\n`);
    }
    expect(readFileSync(join(folder, 'release/slicehints.intoto.jsonl'), 'utf8')).toBe('{"provenance":1}\n');
    const [program, ...uploaded] = (calls.at(-1) ?? '').split(' -- ');
    expect(program).toBe('gh release create v1.2.3 --verify-tag --generate-notes');
    expect(uploaded.join().split(' ').sort()).toEqual(released);
  });
});
