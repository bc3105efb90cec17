import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { podNamespace } from '../../../src/cli/input/podNamespace.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'slicehints-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('a pod has its namespace in a file', () => {
  const file = join(folder, 'namespace');
  writeFileSync(file, 'slicehints-system\n');
  expect(podNamespace(file)).toBe('slicehints-system');
});

test('outside of a cluster there is no such file', () => {
  expect(podNamespace(join(folder, 'namespace'))).toBeUndefined();
});
