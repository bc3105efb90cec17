import { describe, expect, test } from 'vitest';
import { Narrator } from '../../../../src/cli/sandbox/stream/narrator.js';
import { SandboxApiServer } from '../../../../src/sandbox/server/apiServer.js';
import { installGuard, storedGuardHook } from '../../../../src/sandbox/storage/guard.js';
import { FakeClock } from '../../../support/fakeClock.js';
import { nodeOf, sliceOf } from '../../../sandbox/samples.js';

const SLICEHINTS = { fieldManager: 'slicehints', userAgent: 'slicehints/1' };
const IN_TREE = { fieldManager: 'kube-controller-manager', userAgent: 'kube-controller-manager/sandbox' };
const KUBECTL = { userAgent: 'kubectl/v1.32.0' };

function start(): { server: SandboxApiServer; clock: FakeClock; lines: string[]; end: () => void } {
  const clock = new FakeClock();
  const server = new SandboxApiServer({ clock, random: () => 0.5 });
  for (const zone of ['a', 'b']) server.store.write('nodes', nodeOf(`node-${zone}`, zone));
  const lines: string[] = [];
  const narrator = new Narrator({
    ...{ server, clock, paint: (_, text) => text },
    print: (line) => lines.push(line.replace(/^\d\d:\d\d:\d\d\.\d{3} /, '')),
  });
  server.store.onWrite = storedGuardHook(server.store, (slice, request) => narrator.guardKept(slice, request));
  return { server, clock, lines, end: narrator.start() };
}

const hinted = { op: 'replace', path: '/endpoints/0/hints', value: { forZones: [{ name: 'a' }] } };
const hints = [
  { ...hinted, op: 'add' },
  { op: 'add', path: '/endpoints/1/hints', value: { forZones: [{ name: 'b' }] } },
];

describe('the stream of the sandbox', () => {
  test('hints tell the mode that they follow and what the traffic became', () => {
    const { server, lines } = start();
    const annotations = { 'service.kubernetes.io/topology-mode': 'slicehints.io/balanced' };
    const service = { metadata: { name: 'cart', namespace: 'default', annotations }, spec: { ports: [{ port: 80 }] } };
    server.store.create('services', service, KUBECTL);
    server.store.create('endpointslices', sliceOf('cart-1'), IN_TREE);
    server.store.patch('endpointslices', 'default', 'cart-1', 'json', hints, SLICEHINTS);
    expect(lines).toEqual([
      ' kubectl           service default/cart  created, service.kubernetes.io/topology-mode=slicehints.io/balanced',
      ' in-tree           slice default/cart-1  created, 2 endpoints  [cart 50 % in zone]',
      ' slicehints        slice default/cart-1  balanced: hints 10.0.0.1→a 10.0.0.2→b  [cart 50 % → 100 % in zone]',
    ]);
  });

  test('no share is told of traffic that hints do not steer', () => {
    const { server, lines } = start();
    const spec = { clusterIP: 'None', ports: [{ port: 80 }] };
    server.store.create('services', { metadata: { name: 'cart', namespace: 'default' }, spec }, KUBECTL);
    server.store.create('endpointslices', sliceOf('cart-1'), IN_TREE);
    expect(lines.at(-1)).toMatch(/created, 2 endpoints {2}\[hints do not steer the traffic of cart\]$/);
  });

  test('deletions are printed', () => {
    const { server, lines } = start();
    server.store.create('endpointslices', sliceOf('cart-1'), IN_TREE);
    server.store.delete('endpointslices', 'default', 'cart-1', IN_TREE);
    server.store.delete('nodes', '', 'node-b', KUBECTL);
    expect(lines.slice(1)).toEqual([
      ' in-tree           slice default/cart-1  deleted, 2 endpoints  [cart has no endpoints]',
      ' kubectl           node node-b  deleted, in zone b',
    ]);
  });

  test('what the guard keeps is a line of the guard, which names the other writer', () => {
    const { server, lines } = start();
    installGuard(server.store);
    const marked = sliceOf('cart-1');
    const annotations = { 'slicehints.io/hints': 'v1' };
    server.store.create('endpointslices', { ...marked, metadata: { ...marked.metadata, annotations } }, IN_TREE);
    server.store.patch('endpointslices', 'default', 'cart-1', 'json', hints, SLICEHINTS);
    lines.splice(0);
    const endpoints = [{ addresses: ['10.0.0.1'], conditions: { ready: false }, zone: 'a' }];
    server.store.patch('endpointslices', 'default', 'cart-1', 'merge', { endpoints }, IN_TREE);
    expect(lines).toEqual([
      ' guard             slice default/cart-1  keeps the hints that a write of in-tree leaves out',
      ' in-tree           slice default/cart-1  -10.0.0.2; 10.0.0.1 not ready  [cart has no ready endpoint]',
    ]);
  });

  test('nodes tell what a plan reads of them, and heartbeats nothing', () => {
    const { server, lines } = start();
    const { store } = server;
    const status = (ready: string, time: string): object => ({
      status: { conditions: [{ type: 'Ready', status: ready, lastHeartbeatTime: time }] },
    });
    const sub = { ...KUBECTL, subresource: 'status' };
    store.patch('nodes', '', 'node-a', 'merge', status('True', '2026-01-01T00:00:00Z'), sub);
    store.patch('nodes', '', 'node-a', 'merge', status('False', '2026-01-01T00:00:10Z'), sub);
    store.patch('nodes', '', 'node-a', 'merge', { spec: { unschedulable: true } }, KUBECTL);
    const labels = { 'topology.kubernetes.io/zone': null };
    store.patch('nodes', '', 'node-a', 'merge', { metadata: { labels } }, KUBECTL);
    expect(lines.map((line) => line.slice(19))).toEqual([
      'node node-a  not ready',
      'node node-a  cordoned',
      'node node-a  zone a → none',
    ]);
  });

  test('a burst is summed up by writer, with the traffic of all Services in it', async () => {
    const { server, clock, lines } = start();
    for (let i = 0; i < 60; i++) {
      const labels = { 'kubernetes.io/service-name': `s${i}` };
      server.store.create('endpointslices', sliceOf(`s${i}`, ['a', 'b'], labels), IN_TREE);
    }
    await clock.advance(1000);
    lines.splice(0);
    for (let i = 0; i < 60; i++) {
      server.store.patch('endpointslices', 'default', `s${i}`, 'json', hints, SLICEHINTS);
    }
    await clock.advance(1000);
    expect(lines).toHaveLength(26);
    expect(lines.at(-1)?.trim()).toBe('… 35 more: slicehints 35; 35 Services 50 % → 100 % in zone on average');
  });

  test('a fault prints its first strike, and how often it struck after that', async () => {
    const { server, clock, lines } = start();
    server.faults.add('latency:ms=5');
    const subject = { resource: 'nodes', verb: 'get', userAgent: '', fieldManager: '' };
    for (let i = 0; i < 10; i++) server.faults.delayMs(subject);
    await clock.advance(1000);
    expect(lines).toEqual([
      ' fault             latency:ms=5  strikes',
      ' fault             latency:ms=5  strikes 9 more times',
    ]);
  });

  test('ends with a summary of what was held back, and is silent then', () => {
    const { server, lines, clock, end } = start();
    for (let i = 0; i < 30; i++) server.store.create('endpointslices', sliceOf(`s${i}`), IN_TREE);
    end();
    expect(lines.at(-1)?.trim()).toMatch(/^… 5 more: in-tree 5; 1 Service /);
    server.store.delete('endpointslices', 'default', 's1');
    expect(lines).toHaveLength(26);
    expect(clock.pending).toBe(0);
  });
});
