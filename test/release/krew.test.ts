import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Ajv } from 'ajv';
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';
import { repositoryPath } from '../observability/repository.js';

/** What Krew holds a manifest to (internal/index/validation/validate.go and the types of pkg/index, v0.4.5). */
const SCHEMA = {
  type: 'object',
  additionalProperties: false,
  required: ['apiVersion', 'kind', 'metadata', 'spec'],
  properties: {
    apiVersion: { const: 'krew.googlecontainertools.github.com/v1alpha2' },
    kind: { const: 'Plugin' },
    metadata: {
      type: 'object',
      additionalProperties: false,
      required: ['name'],
      properties: { name: { type: 'string', pattern: '^[\\w-]+$' } },
    },
    spec: {
      type: 'object',
      additionalProperties: false,
      required: ['version', 'shortDescription', 'platforms'],
      properties: {
        version: { type: 'string', pattern: '^v\\d+\\.\\d+\\.\\d+(-[0-9A-Za-z.-]+)?$' },
        homepage: { type: 'string', pattern: '^https://' },
        // Krew's index refuses longer ones, and line breaks.
        shortDescription: { type: 'string', pattern: '^[^\\r\\n]{1,50}$' },
        description: { type: 'string' },
        caveats: { type: 'string' },
        platforms: {
          type: 'array',
          minItems: 1,
          items: {
            type: 'object',
            additionalProperties: false,
            required: ['uri', 'sha256', 'bin'],
            properties: {
              uri: { type: 'string', pattern: '^https://.*\\.(tar\\.gz|zip)$' },
              sha256: { type: 'string', pattern: '^[a-f0-9]{64}$' },
              bin: { type: 'string', minLength: 1 },
              files: {
                type: 'array',
                minItems: 1,
                items: {
                  type: 'object',
                  additionalProperties: false,
                  required: ['from', 'to'],
                  properties: { from: { type: 'string', minLength: 1 }, to: { type: 'string', minLength: 1 } },
                },
              },
              selector: {
                type: 'object',
                additionalProperties: false,
                properties: {
                  matchLabels: { type: 'object', propertyNames: { enum: ['os', 'arch'] } },
                  matchExpressions: {
                    type: 'array',
                    items: {
                      type: 'object',
                      required: ['key', 'operator', 'values'],
                      properties: { key: { enum: ['os', 'arch'] }, operator: { enum: ['In', 'NotIn'] } },
                    },
                  },
                },
              },
            },
          },
        },
      },
    },
  },
} as const;

interface Manifest {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly version: string;
    readonly platforms: readonly {
      readonly uri: string;
      readonly sha256: string;
      readonly bin: string;
      readonly files: readonly { readonly from: string; readonly to: string }[];
    }[];
  };
}

describe('the Krew plugin', () => {
  let folder = '';
  let manifest: Manifest;
  const { version } = JSON.parse(readFileSync(repositoryPath('package.json'), 'utf8')) as { version: string };

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'slicehints-'));
    // A small program in the place of the bundle, which takes seconds to make.
    writeFileSync(
      join(folder, 'main.js'),
      'console.log(JSON.stringify([process.env.SLICEHINTS_PROGRAM, ...process.argv.slice(2)]));\n',
    );
    writeFileSync(join(folder, 'package.json'), '{ "type": "commonjs" }\n');
    writeFileSync(join(folder, 'third-party-notices.txt'), 'none\n');
    execFileSync(process.execPath, [repositoryPath('scripts/krew.mjs'), '--bundle', folder]);
    manifest = parse(readFileSync(join(folder, 'slicehints.yaml'), 'utf8')) as Manifest;
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test('has a manifest that Krew takes', () => {
    const ajv = new Ajv({ allErrors: true });
    ajv.validate(SCHEMA, manifest);
    expect(ajv.errors ?? []).toEqual([]);
    expect([manifest.metadata.name, manifest.spec.version]).toEqual(['slicehints', `v${version}`]);
  });

  test('names an archive of this version, with its checksum', () => {
    const [platform] = manifest.spec.platforms;
    const archive = readFileSync(join(folder, 'slicehints-krew.tar.gz'));
    expect(platform?.uri).toBe(
      `https://github.com/slicehints/slicehints/releases/download/v${version}/slicehints-krew.tar.gz`,
    );
    expect(platform?.sha256).toBe(createHash('sha256').update(archive).digest('hex'));
  });

  test('runs as kubectl plugin from where Krew links it', () => {
    const [platform] = manifest.spec.platforms;
    const unpacked = join(folder, 'unpacked');
    const store = join(folder, 'store');
    mkdirSync(unpacked);
    mkdirSync(store);
    execFileSync('tar', ['-xzf', join(folder, 'slicehints-krew.tar.gz'), '-C', unpacked]);
    // As Krew does: the files of the manifest are moved to the store, and the bin is linked.
    for (const { from, to } of platform?.files ?? []) {
      copyFileSync(join(unpacked, from), join(store, to, from));
    }
    const link = join(folder, 'kubectl-slicehints');
    symlinkSync(join('store', platform?.bin ?? ''), link);
    const path = `${dirname(process.execPath)}:/usr/bin:/bin`;
    const ran = spawnSync(link, ['plan', '-f', 'a b'], { encoding: 'utf8', env: { PATH: path } });
    expect([ran.stderr, JSON.parse(ran.stdout)]).toEqual(['', ['kubectl slicehints', 'plan', '-f', 'a b']]);
  });

  test('the same sources give the same archive', () => {
    const before = readFileSync(join(folder, 'slicehints-krew.tar.gz'));
    execFileSync(process.execPath, [repositoryPath('scripts/krew.mjs'), '--bundle', folder]);
    expect(readFileSync(join(folder, 'slicehints-krew.tar.gz')).equals(before)).toBe(true);
  });
});

test('npm installs the program under both names', () => {
  const { bin } = JSON.parse(readFileSync(repositoryPath('package.json'), 'utf8')) as { bin: unknown };
  expect(bin).toEqual({ slicehints: 'dist/cli/main.js', 'kubectl-slicehints': 'dist/cli/main.js' });
});
