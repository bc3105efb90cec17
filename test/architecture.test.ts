import { expect, test } from 'vitest';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

/** Folders of src in which each module with logic has a test of the same path. */
const MIRRORED = [
  'analysis',
  ...['audit', 'completion', 'explain', 'flags', 'input', 'output', 'plan', 'recommend', 'view'].map(
    (name) => `cli/${name}`,
  ),
  'controller',
  'guard',
  'hints',
  'kube',
  'kubeproxy',
  'measured',
  'metrics',
  'model',
  'observe',
  'operations',
  'report',
  'sandbox',
  'server',
];

/** The page of the report runs in a browser, and is tested there (e2e). */
const PAGE = 'report/page/';

const modulesOf = (folder: string): string[] =>
  readdirSync(join('src', folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return modulesOf(path);
    return path.endsWith('.ts') ? [path.replace(/\.ts$/, '')] : [];
  });

/** Whether a module has a function; types and constants have nothing to test. */
function hasLogic(module: string): boolean {
  const path = join('src', `${module}.ts`);
  const isOrHolds = (node: ts.Node): boolean =>
    (ts.isFunctionLike(node) && 'body' in node && node.body !== undefined) ||
    ts.forEachChild(node, (child) => isOrHolds(child) || undefined) === true;
  return isOrHolds(ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest));
}

const untested = (folders: readonly string[]): string[] =>
  folders
    .flatMap(modulesOf)
    .filter((module) => !module.startsWith(PAGE))
    .filter((module) => hasLogic(module) && !existsSync(join('test', `${module}.test.ts`)))
    .sort();

test.each(MIRRORED)('in src/%s each module with logic has its test at the same path', (folder) => {
  expect(untested([folder])).toEqual([]);
});

test.each([
  ['hints/plan', true],
  ['kube/clock', true],
  ['model/manifest', false],
  ['metrics/buckets', false],
])('src/%s has logic: %s', (module, expected) => {
  expect(hasLogic(module)).toBe(expected);
});
