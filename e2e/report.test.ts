import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { planCluster, type ClusterObjects } from '../src/analysis/planCluster.js';
import { summarisePlan } from '../src/analysis/planSummary.js';
import { applyWhatIf, type WhatIf } from '../src/analysis/whatIf/whatIf.js';
import { clusterObjects, loadManifests } from '../src/cli/input/manifests.js';
import { DEFAULT_SETTINGS, type Settings } from '../src/hints/settings.js';
import { auditCluster } from '../src/analysis/audit/auditCluster.js';
import { recommendCluster } from '../src/analysis/recommend/recommendCluster.js';
import {
  CHROMIUM,
  figureOf,
  launchChromium,
  openPage,
  redrawn,
  violationsOf,
  workedOut,
  WITHOUT_CHROMIUM,
} from './support/browser.js';
import { Background, eventually, EXAMPLES, slicehints } from './support/process.js';

const SAMPLE = `${EXAMPLES}five-pods.yaml`;
const HOSTILE = '</script><img src=x onerror=alert(1)>"\'';
/** As far as a manifest may have it for a name. */
const HOSTILE_NAME = '<img>"\'&lt;';

describe.skipIf(CHROMIUM === undefined)(`the report in Chromium${WITHOUT_CHROMIUM}`, () => {
  let folder: string;
  let browser: Browser;
  let url: string;
  const write = async (name: string, ...args: string[]): Promise<string> => {
    const path = join(folder, name);
    expect(await slicehints('report', '-o', path, ...args)).toMatchObject({ code: 0 });
    return pathToFileURL(path).href;
  };
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slicehints-report-'));
    [browser, url] = await Promise.all([launchChromium(), write('report.html', '-f', SAMPLE)]);
  }, 60_000);
  afterAll(async () => {
    await browser.close();
    await rm(folder, { recursive: true });
  });

  test.each([
    ['light', 1280],
    ['dark', 1280],
    ['light', 390],
    ['dark', 390],
  ] as const)(
    'loads nothing but itself, and axe-core finds nothing: %s, %i pixels wide',
    async (colorScheme, width) => {
      const { page, requests, complaints } = await openPage(browser, url, {
        colorScheme,
        viewport: { width, height: 844 },
      });
      expect(await violationsOf(page)).toEqual([]);
      // The page does not scroll sideways: tables do.
      expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
      await page.click('.services a:text-is("shop/balanced")');
      await page.waitForSelector('[data-service-page="shop/balanced"]');
      await workedOut(page);
      expect(await violationsOf(page)).toEqual([]);
      expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
      expect(requests.filter((request) => !request.startsWith('data:'))).toEqual([url]);
      expect(complaints).toEqual([]);
      await page.context().close();
    },
  );

  describe('a control', () => {
    let page: Page;
    let objects: ClusterObjects;
    beforeAll(async () => {
      ({ page } = await openPage(browser, url));
      objects = clusterObjects(await loadManifests([SAMPLE]));
    });
    afterAll(() => page.context().close());

    const slide = (value: number) => async (): Promise<void> => {
      await page.locator('#threshold').fill(String(value));
    };
    const CONTROLS: readonly [string, () => Promise<unknown>, WhatIf, Partial<Settings>][] = [
      ['nothing yet', () => page.click('#reset'), {}, {}],
      ['mode', () => page.selectOption('#mode', 'same-zone'), { mode: 'same-zone' }, {}],
      ['mode off', () => page.selectOption('#mode', 'off'), { mode: 'off' }, {}],
      ['threshold', slide(0), {}, { overloadThreshold: 0 }],
      ['demand', () => page.selectOption('#demand', 'endpoints'), {}, { demand: 'endpoints' }],
      ['guard', () => page.check('#guard'), {}, { guard: true }],
      ['dead zone', () => page.selectOption('#without-zone', 'a'), { withoutZones: ['a'] }, {}],
      [
        'replicas',
        async () => {
          await page.selectOption('#scale-service', 'shop/balanced');
          await page.fill('#scale-pods', '9');
        },
        { scale: [{ service: 'shop/balanced', replicas: 9 }] },
        {},
      ],
    ];

    test.each(CONTROLS)('gives the figures that the library gives: %s', async (_, act, changes, partial) => {
      await redrawn(page, () => page.click('#reset'));
      await redrawn(page, act);
      const settings = { ...DEFAULT_SETTINGS, ...partial };
      const today = planCluster(objects, { settings });
      const planned = planCluster(applyWhatIf(objects, changes), { settings });
      const [now, then] = [summarisePlan(today.services), summarisePlan(planned.services)];
      expect(await figureOf(page, 'today-in-zone')).toBeCloseTo(now.inZoneShare?.before ?? -1, 9);
      expect(await figureOf(page, 'today-busiest')).toBeCloseTo(now.busiest?.before.load ?? -1, 9);
      expect(await figureOf(page, 'planned-in-zone')).toBeCloseTo(then.inZoneShare?.after ?? -1, 9);
      expect(await figureOf(page, 'planned-busiest')).toBeCloseTo(then.busiest?.after.load ?? -1, 9);
      expect(await figureOf(page, 'changes')).toBe(then.changes.endpoints);
      for (const { namespace, name, after } of planned.services) {
        const row = page.locator(`tr[data-service="${namespace}/${name}"]`);
        const share = await row.locator('[data-figure="planned-in-zone"]').getAttribute('data-value');
        expect(Number(share)).toBeCloseTo(after[0]?.inZoneShare ?? -1, 9);
      }
    });

    test('gives the audit and the recommendations that the library gives', async () => {
      await redrawn(page, () => page.click('#reset'));
      await redrawn(page, () => page.selectOption('#mode', 'same-zone'));
      await workedOut(page);
      const changed = applyWhatIf(objects, { mode: 'same-zone' });
      for (const { zone, lost, busiestAtOnce } of auditCluster(changed, { planned: true }).summary.zones) {
        const row = page.locator(`tr[data-zone="${zone}"]`);
        expect(await row.locator('[data-figure="lost"]').getAttribute('data-value')).toBe(String(lost));
        expect(await row.locator('[data-figure="loss-at-once"]').getAttribute('data-value')).toBe(
          String(busiestAtOnce?.load),
        );
      }
      for (const { name, sentence } of recommendCluster(changed).services) {
        expect(
          await page.locator('[aria-labelledby="advice-title"] tr', { hasText: `shop/${name}` }).innerText(),
        ).toContain(sentence);
      }
    });

    test('is undone by a button of its own', async () => {
      await redrawn(page, () => page.click('#reset'));
      await page.selectOption('#scale-service', 'shop/auto');
      await redrawn(page, () => page.fill('#scale-pods', '0'));
      expect(await page.locator('.imagined').textContent()).toContain('shop/auto with 0 pods');
      await redrawn(page, () => page.click('[aria-label="As today: shop/auto"]'));
      expect(await page.locator('.imagined').textContent()).toContain('The cluster as it is');
    });
  });

  test('is used by keyboard alone', async () => {
    const { page } = await openPage(browser, url);
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.className')).toBe('skip');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.id')).toBe('mode');
    await redrawn(page, () => page.keyboard.press('ArrowDown'));
    expect(await page.locator('.imagined').textContent()).toContain('mode balanced for all');
    expect(await page.locator('[role=status]').textContent()).toMatch(/^Planned: \d/);
    await page.locator('tbody a', { hasText: 'shop/balanced' }).first().focus();
    await page.keyboard.press('Enter');
    await page.waitForSelector('article');
    expect(await page.evaluate('document.activeElement.id')).toBe('service-title');
    await page.context().close();
  });

  test('shows names as text, whatever is in them', async () => {
    const labels = { 'topology.kubernetes.io/zone': 'zone-a' };
    const items = [
      {
        apiVersion: 'v1',
        kind: 'Node',
        metadata: { name: HOSTILE_NAME, labels },
        status: { allocatable: { cpu: '2' }, conditions: [{ type: 'Ready', status: 'True' }] },
      },
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: {
          namespace: HOSTILE_NAME,
          name: 'shop',
          annotations: { 'slicehints.io/mode': HOSTILE, 'slicehints.io/clients': HOSTILE },
        },
        spec: {},
      },
      {
        apiVersion: 'discovery.k8s.io/v1',
        kind: 'EndpointSlice',
        metadata: {
          namespace: HOSTILE_NAME,
          name: HOSTILE_NAME,
          labels: { 'kubernetes.io/service-name': 'shop' },
        },
        addressType: 'IPv4',
        endpoints: [
          { addresses: [HOSTILE], zone: HOSTILE, nodeName: HOSTILE_NAME, hints: { forZones: [{ name: HOSTILE }] } },
        ],
      },
    ];
    const file = join(folder, 'hostile.json');
    await writeFile(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
    const { page, requests, complaints } = await openPage(
      browser,
      await write('hostile.html', '-f', file, '--title', HOSTILE),
    );
    expect(await page.locator('header').textContent()).toContain(HOSTILE);
    expect(await page.locator('.services tbody th').textContent()).toBe(`${HOSTILE_NAME}/shop`);
    await page.click('.services tbody a');
    await page.waitForSelector('article');
    expect(await page.locator('.endpoints tbody th').textContent()).toBe(HOSTILE);
    expect(await page.locator('img').count()).toBe(0);
    expect(requests.filter((request) => !request.startsWith('data:'))).toHaveLength(1);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test('under pseudonyms shows no name and the same figures', async () => {
    const { page } = await openPage(browser, await write('anonymous.html', '-f', SAMPLE, '--anonymise'));
    const { page: named } = await openPage(browser, url);
    for (const figure of ['planned-in-zone', 'planned-busiest']) {
      expect(await figureOf(page, figure)).toBe(await figureOf(named, figure));
    }
    const text = await page.locator('body').innerText();
    expect(text).toContain('namespace-1/service-1');
    expect(text).not.toMatch(/shop|balanced\/|node-[abc]\d/);
    await Promise.all([page.context().close(), named.context().close()]);
  });

  test('is printed without its controls, and with every Service', async () => {
    const { page } = await openPage(browser, url);
    await page.emulateMedia({ media: 'print' });
    expect(await page.locator('aside').isHidden()).toBe(true);
    expect(await page.locator('.services tbody tr').count()).toBe(
      clusterObjects(await loadManifests([SAMPLE])).services.length,
    );
    await page.context().close();
  });

  test('of a sandbox is live: hints, Events and traffic as they change', async () => {
    const sandbox = new Background(['sandbox', '--ui', '--no-controller', '-f', SAMPLE]);
    try {
      const [, live = ''] = await eventually(() => {
        const found = /The page: (\S+)/.exec(sandbox.stdout);
        expect(found).not.toBeNull();
        return found!;
      });
      const [, server = ''] = /API server on (\S+),/.exec(sandbox.stdout) ?? [];
      const { page, complaints } = await openPage(browser, live);
      const before = await figureOf(page, 'today-in-zone');
      const path = `${server}/apis/discovery.k8s.io/v1/namespaces/shop/endpointslices/balanced-1`;
      const forZones = [['a'], ['a'], ['b'], ['b'], ['c']].map(([name]) => [{ name }]);
      const patch = forZones.map((value, i) => ({
        op: 'add',
        path: `/endpoints/${i}/hints`,
        value: { forZones: value },
      }));
      const response = await fetch(path, {
        method: 'PATCH',
        headers: { 'content-type': 'application/json-patch+json' },
        body: JSON.stringify(patch),
      });
      expect(response.status).toBe(200);
      // The page may still be drawn for the cluster as it was, which it gets when it opens.
      await expect.poll(() => figureOf(page, 'today-in-zone'), { timeout: 10_000 }).toBeGreaterThan(before ?? 1);
      await expect.poll(() => page.locator('.log').innerText(), { timeout: 10_000 }).toContain('balanced');
      await workedOut(page);
      expect(await violationsOf(page)).toEqual([]);
      expect(complaints).toEqual([]);
      await page.context().close();
    } finally {
      await sandbox.end();
    }
  });
});
