import { afterEach, beforeEach, expect, test } from 'vitest';
import { request } from 'node:http';
import { DEFAULT_SETTINGS } from '../../../src/hints/settings.js';
import { chartDefinitions } from '../../../src/sandbox/customResources/chartDefinitions.js';
import { SandboxApiServer } from '../../../src/sandbox/server/apiServer.js';
import { LivePage } from '../../../src/cli/sandbox/livePage.js';
import type { ReportData } from '../../../src/report/reportData.js';
import { FakeClock } from '../../support/fakeClock.js';

let page: LivePage;
let server: SandboxApiServer;
let clock: FakeClock;
let url: string;
beforeEach(async () => {
  clock = new FakeClock();
  server = new SandboxApiServer({ clock, definitions: chartDefinitions() });
  const assets = { script: '/* page */', style: '' };
  page = new LivePage({ store: server.store, settings: DEFAULT_SETTINGS, title: 'sandbox', page: assets, clock });
  url = await page.listen();
});
afterEach(() => page.close());

const node = (name: string): never => ({ apiVersion: 'v1', kind: 'Node', metadata: { name } }) as never;

/** Reads events of the stream until there are so many of a name. */
async function eventsUntil(name: string, count: number, act: () => void): Promise<unknown[]> {
  const abort = new AbortController();
  const response = await fetch(`${url}events`, { signal: abort.signal });
  const found: unknown[] = [];
  let text = '';
  let acted = false;
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const blocks = text.split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) {
      const [, event, data = ''] = /^event: (\w+)\ndata: (.*)$/.exec(block) ?? [];
      if (event === name) found.push(JSON.parse(data));
    }
    if (!acted) act();
    acted = true;
    if (found.length >= count) break;
  }
  abort.abort();
  return found;
}

test('the page has the cluster, and may connect to its own server', async () => {
  server.store.write('nodes', node('n1'));
  const response = await fetch(url);
  const html = await response.text();
  expect(response.headers.get('content-type')).toContain('text/html');
  expect(html).toContain("connect-src 'self'");
  expect(html).toContain('"n1"');
});

test('a burst of changes is one event with the cluster after it', async () => {
  const clusters = (await eventsUntil('cluster', 2, () => {
    server.store.write('nodes', node('n1'));
    server.store.write('nodes', node('n2'));
    void clock.advance(1_000);
  })) as ReportData[];
  expect(clusters.map(({ cluster }) => cluster.nodes.length)).toEqual([0, 2]);
});

test('a policy that comes is an event with the policy in it', async () => {
  const clusters = (await eventsUntil('cluster', 2, () => {
    server.store.write('clusterhintspolicies.slicehints.io', {
      metadata: { name: 'teams' },
      spec: { defaults: { mode: 'balanced' } },
    });
    void clock.advance(1_000);
  })) as ReportData[];
  expect(clusters.map(({ cluster }) => cluster.policies?.length ?? 0)).toEqual([0, 1]);
});

test('a drain that is accepted is an event with the zone in the settings', async () => {
  const accepted = { type: 'Accepted', status: 'True', reason: 'Accepted', message: '1 Service', lastTransitionTime: '2026-01-01T00:00:00Z' }; // prettier-ignore
  const clusters = (await eventsUntil('cluster', 2, () => {
    server.store.write('zonedrains.slicehints.io', {
      metadata: { name: 'a' },
      spec: { zone: 'a', until: '2026-01-01T02:00:00Z' },
      status: { observedGeneration: 1, conditions: [accepted] },
    });
    void clock.advance(1_000);
  })) as ReportData[];
  expect(clusters.map(({ settings }) => settings.drainedZones)).toEqual([undefined, ['a']]);
});

test('lines come without colours, also those from before the page was opened', async () => {
  page.line('\u001b[32mbefore\u001b[39m\n');
  expect(await eventsUntil('line', 2, () => page.line('after\n'))).toEqual(['before', 'after']);
});

test('other names of the address, and other paths, are refused', async () => {
  const status = (path: string, host: string): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      const sent = request(new URL(path, url), { headers: { host } }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      sent.on('error', reject).end();
    });
  const own = new URL(url).host;
  expect(await status('/', 'attacker.example')).toBe(403);
  expect(await status('/events', 'localhost')).toBe(403);
  expect(await status('/api', own)).toBe(404);
  expect(await status('/', own)).toBe(200);
});
