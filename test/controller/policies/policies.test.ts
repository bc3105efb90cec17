import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { Policies } from '../../../src/controller/policies/policies.js';
import { readService, type ServiceRecord } from '../../../src/model/service.js';
import { FakeClock } from '../../support/fakeClock.js';
import { POLICY_GROUP, PolicyServer } from '../../support/policyServer.js';

const POLICY = { metadata: { name: 'p', resourceVersion: '1' }, spec: { defaults: { mode: 'auto' } } };
const STATUS = `PATCH ${POLICY_GROUP}/clusterhintspolicies/p/status`;

/** One Service; what policies make of it goes into the state as the sources do it. */
function rig(group = 200) {
  const clock = new FakeClock();
  const server = new PolicyServer();
  server.group = group;
  server.policies = [POLICY];
  const services = new Map<string, ServiceRecord>();
  const events: string[] = [];
  const lines: object[] = [];
  const leader = { mayWrite: true };
  const policies = new Policies({
    transport: server,
    clock,
    random: () => 0.5,
    logger: pino({ level: 'info' }, { write: (line: string) => void lines.push(JSON.parse(line) as object) }),
    observer: {},
    namespace: 'shop',
    state: { services, slicesOf: () => [] },
    onChange: (key, own) => {
      services.set(key, policies.effective(own));
      events.push(`${key} ${services.get(key)?.policy?.mode?.value ?? 'as it was read'}`);
    },
    onKnown: () => void events.push('known'),
    mayWriteStatus: () => leader.mayWrite,
  });
  services.set('shop/web', policies.effective(readService({ metadata: { namespace: 'shop', name: 'web' } })));
  const stop = new AbortController();
  const ended = policies.run(stop.signal);
  return { clock, server, events, lines, leader, policies, end: () => (stop.abort(), ended) };
}

describe('the policies of a cluster', () => {
  test('apply to all Services before it is reported that they are known', async () => {
    const { clock, server, events, lines, policies, end } = rig();
    expect(policies.known).toBe(false);
    await clock.advance(0);
    expect(lines[0]).toMatchObject({ component: 'policies', msg: 'the cluster serves policies' });
    expect([events, policies.known]).toEqual([['shop/web auto', 'known'], true]);
    expect(server.requests).toContain(`${POLICY_GROUP}/namespaces/shop/hintspolicies`);
    await end();
  });

  test('are none where the cluster does not serve them', async () => {
    const { clock, events, policies, end } = rig(404);
    await clock.advance(0);
    expect([events, policies.known]).toEqual([['known'], true]);
    await end();
  });

  test('no longer apply when their definitions go', async () => {
    const { clock, server, events, end } = rig();
    await clock.advance(0);
    server.group = server.lists = 404;
    server.endWatches();
    await clock.advance(30_000);
    expect(events.slice(2)).toEqual(['shop/web as it was read']);
    await end();
  });

  test('select Services by the labels of their namespace', async () => {
    const { clock, server, events, end } = rig();
    const namespaceSelector = { matchLabels: { team: 'a' } };
    server.policies = [{ ...POLICY, spec: { ...POLICY.spec, namespaceSelector } }];
    await clock.advance(0);
    expect(events).toEqual(['shop/web auto', 'known']);
    await end();
  });

  test('get their status from the process that may write it', async () => {
    const { clock, server, leader, end } = rig();
    leader.mayWrite = false;
    await clock.advance(60_000);
    expect(server.requests).not.toContain(STATUS);
    leader.mayWrite = true;
    await clock.advance(30_000);
    expect(server.requests).toContain(STATUS);
    await end();
    const count = server.requests.length;
    await clock.advance(300_000);
    expect(server.requests).toHaveLength(count);
  });
});
