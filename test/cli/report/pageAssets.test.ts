import { afterEach, expect, test, vi } from 'vitest';
import { loadPageAssets } from '../../../src/cli/report/pageAssets.js';

afterEach(() => vi.unstubAllGlobals());

test('the bundle has the page in itself', () => {
  const page = { script: 'let a', style: 'a {}' };
  vi.stubGlobal('SLICEHINTS_REPORT_PAGE', page);
  expect(loadPageAssets()).toBe(page);
});

test('a package that was built without the page is told in one sentence', () => {
  // The tests run from a build that compiles and makes no page.
  expect(() => loadPageAssets()).toThrow(/^cannot read the page of the report, which npm run build makes: [^\n]+$/);
});
