import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { CHART, render, type Release, type Values } from '../support/chart.js';

const yamlFile = (path: string): Values => parse(readFileSync(path, 'utf8')) as Values;

/** What is rendered: as little as can be, nothing set, and everything that can be on at once. */
const releases: Record<string, Release> = {
  default: {},
  minimal: {
    values: yamlFile(join(CHART, 'ci/minimal-values.yaml')),
    kubeVersion: '1.21.14',
    apiVersions: ['v1'],
  },
  full: {
    values: yamlFile(join(process.cwd(), 'test/charts/values/full.yaml')),
    release: 'prod',
    namespace: 'zones',
    kubeVersion: '1.33.1',
    apiVersions: ['v1'],
  },
};

describe('golden renderings (UPDATE_GOLDEN=1 writes them anew)', () => {
  test.each(Object.keys(releases))('%s', (name) => {
    const path = join(process.cwd(), `test/charts/golden/${name}.yaml`);
    const { files, notes } = render(releases[name]);
    const parts = [...files].map(([file, text]) => `---\n# Source: slicehints/templates/${file}\n${text}\n`);
    const rendered = `${parts.join('')}---\n# NOTES.txt\n${notes.replaceAll(/^/gm, '# ').replaceAll(/ +$/gm, '')}\n`;
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(path, rendered);
    expect(rendered).toBe(readFileSync(path, 'utf8'));
  });
});
