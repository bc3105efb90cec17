import { expect, test } from 'vitest';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

/** Scripts for a reader. They mostly wait, so that `stories/playStory.test.ts` plays all of them side by side. */
const STORIES = ['balanced', 'demand', 'fight', 'oddNode', 'policies', 'rollout', 'uninstall', 'zoneOutage'].map(
  (name) => `cli/sandbox/stories/${name}`,
);

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

const isTested = (module: string): boolean => existsSync(join('test', `${module}.test.ts`));

test.each(readdirSync('src'))('in src/%s each module with logic has its test at the same path', (name) => {
  const modules = name.endsWith('.ts') ? [name.replace(/\.ts$/, '')] : modulesOf(name);
  const untested = modules.filter((module) => !module.startsWith(PAGE) && hasLogic(module) && !isTested(module));
  expect(untested.filter((module) => !STORIES.includes(module))).toEqual([]);
});

test('every exception is one', () => {
  expect(STORIES.filter((module) => !hasLogic(module) || isTested(module))).toEqual([]);
});

test.each([
  ['hints/plan', true],
  ['kube/clock', true],
  ['model/manifest', false],
  ['metrics/buckets', false],
])('src/%s has logic: %s', (module, expected) => {
  expect(hasLogic(module)).toBe(expected);
});
