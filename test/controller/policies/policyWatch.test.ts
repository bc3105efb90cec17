import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { watchPolicies } from '../../../src/controller/policies/policyWatch.js';
import { FakeClock } from '../../support/fakeClock.js';
import { POLICY_GROUP, PolicyServer } from '../../support/policyServer.js';

function rig(group = 200, namespace = '') {
  const clock = new FakeClock();
  const server = new PolicyServer();
  server.group = group;
  const { requests } = server;
  const [events, kinds]: [string[], string[]] = [[], []];
  const warnings: string[] = [];
  const infos: string[] = [];
  const reports: string[] = [];
  const watch = watchPolicies({
    transport: server,
    clock,
    random: () => 0.5,
    logger: pino(
      { level: 'info' },
      {
        write: (line: string) => {
          const { level, msg } = JSON.parse(line) as { level: number; msg: string };
          (level === pino.levels.values['info'] ? infos : warnings).push(msg);
        },
      },
    ),
    observer: {
      onList: (name, ...rest) => void (rest.length >= 0 && reports.push(`${name} listed`)),
      onListFailed: (name, { status }) => void reports.push(`${name} ${status}`),
    },
    namespace,
    onPolicy: (next, previous) => {
      events.push(`${previous?.name ?? 'none'} -> ${next?.name ?? 'none'}`);
      if (next !== undefined) kinds.push(`${next.name} ${next.kind}`);
    },
    onNamespace: (name, labels) => void events.push(`namespace ${name} ${JSON.stringify(labels)}`),
    onKnown: () => void events.push('known'),
  });
  const stop = new AbortController();
  const ended = watch.run(stop.signal);
  return { clock, server, requests, events, kinds, warnings, infos, reports, watch, end: () => (stop.abort(), ended) };
}

const policy = { metadata: { name: 'p', resourceVersion: '1' }, spec: { defaults: { mode: 'auto' } } };

describe('whether there are policies', () => {
  test('a cluster without the definitions has none, and is asked again now and then', async () => {
    const { clock, server, requests, events, watch, end } = rig(404);
    await clock.advance(0);
    expect({ events, known: watch.known, served: watch.served, requests }).toEqual({
      events: ['known'],
      known: true,
      served: false,
      requests: [POLICY_GROUP],
    });
    server.group = 200;
    server.policies = [policy];
    await clock.advance(30_000);
    expect(events).toEqual(['known', 'none -> p', 'namespace shop {"team":"a"}']);
    expect(watch.served).toBe(true);
    await end();
  });

  test('they are known when all of them have been reported', async () => {
    const { clock, server, events, end } = rig(200, 'shop');
    server.policies = [policy];
    await clock.advance(0);
    expect(events.at(-1)).toBe('known');
    expect(events).toContain('none -> p');
    await end();
  });

  test('only policies of the namespace that is served are read', async () => {
    const { clock, requests, end } = rig(200, 'shop');
    await clock.advance(0);
    expect(requests).toContain(`${POLICY_GROUP}/namespaces/shop/hintspolicies`);
    await end();
  });

  test('each is read as what it is, and a namespace without labels has none', async () => {
    const { clock, server, kinds, events, end } = rig();
    server.policies = [policy];
    server.ownPolicies = [{ metadata: { namespace: 'shop', name: 'own', resourceVersion: '1' }, spec: {} }];
    server.namespaces = [{ metadata: { name: 'bare', resourceVersion: '1' } }];
    await clock.advance(0);
    expect(kinds.sort()).toEqual(['own HintsPolicy', 'p ClusterHintsPolicy']);
    expect(events).toContain('namespace bare {}');
    await end();
  });

  test('the namespaces stay when the definitions go, because the server has them in any case', async () => {
    const { clock, server, events, end } = rig();
    await clock.advance(0);
    events.length = 0;
    server.lists = server.group = 404;
    server.endWatches();
    await clock.advance(14_000);
    expect(events).toEqual([]);
    await end();
  });

  test.each([500, 503, 429])('a server that answers %i tells nothing', async (status) => {
    const { clock, server, events, watch, end } = rig(status);
    await clock.advance(60_000);
    expect({ events, known: watch.known }).toEqual({ events: [], known: false });
    server.group = 404;
    await clock.advance(1000);
    expect(watch.known).toBe(true);
    await end();
  });

  test('policies that may not be read count as none after ten seconds, with one warning', async () => {
    const { clock, server, events, warnings, end } = rig();
    server.lists = 403;
    await clock.advance(9_000);
    expect(events).toEqual([]);
    await clock.advance(2_000);
    expect(events).toEqual(['known']);
    await clock.advance(120_000);
    expect(warnings.filter((text) => text.includes('may not be read'))).toHaveLength(1);
    await end();
  });

  test('definitions that go take their policies along, after five seconds', async () => {
    const { clock, server, events, watch, end } = rig();
    server.policies = [policy];
    await clock.advance(0);
    events.length = 0;
    server.lists = 404;
    server.group = 404;
    server.endWatches();
    await clock.advance(4_000);
    expect(events).toEqual([]);
    await clock.advance(10_000);
    expect(events).toEqual(['p -> none']);
    expect(watch.served).toBe(false);
    await end();
  });

  test('whether they are served is logged when it changes', async () => {
    const { clock, server, infos, end } = rig();
    await clock.advance(0);
    expect(infos.filter((text) => text.includes('policies'))).toEqual(['the cluster serves policies']);
    server.lists = server.group = 404;
    server.endWatches();
    await clock.advance(30_000);
    expect(infos.filter((text) => text.includes('policies')).slice(1)).toEqual([
      'policies are no longer served, or may not be read: there are none now',
    ]);
    await end();
  });

  test('lists and their failures are reported, of each kind', async () => {
    const { clock, server, reports, end } = rig();
    await clock.advance(0);
    const kinds = ['clusterhintspolicies', 'hintspolicies', 'namespaces'];
    expect([...reports].sort()).toEqual(kinds.map((kind) => `${kind} listed`));
    reports.length = 0;
    server.lists = 500;
    server.endWatches();
    await clock.advance(60_000);
    expect([...new Set(reports)].sort()).toEqual(kinds.map((kind) => `${kind} 500`));
    await end();
  });

  test.each([401, 403])('an answer of %i that ends in time takes nothing away', async (status) => {
    const { clock, server, events, warnings, watch, end } = rig();
    server.policies = [policy];
    await clock.advance(0);
    events.length = 0;
    server.lists = status;
    server.endWatches();
    await clock.advance(30_000);
    server.lists = 200;
    await clock.advance(600_000);
    expect([events, watch.served, warnings.filter((text) => text.includes('may not be read'))]).toEqual([[], true, []]);
    await end();
  });

  test('definitions that come back within five seconds take nothing away', async () => {
    const { clock, server, events, watch, end } = rig();
    server.policies = [policy];
    await clock.advance(0);
    events.length = 0;
    server.lists = 404;
    server.endWatches();
    await clock.advance(3_000);
    server.lists = 200;
    await clock.advance(60_000);
    expect([events, watch.served]).toEqual([[], true]);
    await end();
  });

  test('policies that were read stay through a minute of 403', async () => {
    const { clock, server, events, watch, end } = rig();
    server.policies = [policy];
    await clock.advance(0);
    events.length = 0;
    server.lists = 403;
    server.endWatches();
    await clock.advance(60_000);
    expect({ events, served: watch.served }).toEqual({ events: [], served: true });
    await end();
  });
});
