import { expect, test } from 'vitest';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Packages in which each module with logic has a test of the same path. */
const MIRRORED = [
  'model',
  'kubeproxy',
  'measured',
  'kube',
  'guard',
  'server',
  'metrics',
  'operations',
  'controller',
  'hints',
];

/** Modules of these packages that have no logic: types and constants. */
const WITHOUT_LOGIC = [
  'controller/leaseLabels',
  'controller/observer',
  'controller/options',
  'controller/shards/shards',
  'hints/reasons',
  'hints/settings',
  'hints/strategy',
  'kube/cache/reflectorOptions',
  'metrics/buckets',
  'model/manifest',
];

/** Its modules are tested through the strategy that they are part of, some with a test of their own beside. */
const STRATEGIES = 'hints/strategies/';

const modulesOf = (folder: string): string[] =>
  readdirSync(join('src', folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    return entry.isDirectory() ? modulesOf(path) : [path.replace(/\.ts$/, '')];
  });

test('each module with logic has its test at the same path', () => {
  const untested = MIRRORED.flatMap(modulesOf)
    .filter((module) => !module.startsWith(STRATEGIES))
    .filter((module) => !existsSync(join('test', `${module}.test.ts`)));
  expect(untested.sort()).toEqual(WITHOUT_LOGIC);
});
