import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LEASE_LABELS } from '../../src/controller/leaseLabels.js';
import { ApiError, type Transport } from '../../src/kube/rest/transport.js';
import { findLeases, partsOf, type FoundLeases, type LeaseSearch } from '../../src/operations/leases.js';
import { FakeClock, settle } from '../support/fakeClock.js';
import { startSandbox, type RunningSandbox } from '../support/sandbox.js';

let sandbox: RunningSandbox;
let clock: FakeClock;
beforeEach(async () => {
  sandbox = await startSandbox();
  clock = new FakeClock();
});
afterEach(() => sandbox.stop());

interface Draft {
  readonly labels?: Readonly<Record<string, string>>;
  readonly holder?: string;
  readonly renewedMsAgo?: number;
}

function put(key: string, { labels = {}, holder = 'pod_1', renewedMsAgo = 1000 }: Draft = {}): void {
  const [namespace = '', name = ''] = key.split('/');
  if (sandbox.server.store.get('namespaces', '', namespace) === undefined) {
    sandbox.server.store.write('namespaces', { metadata: { name: namespace } });
  }
  const renewTime = new Date(clock.wallMs() - renewedMsAgo).toISOString().replace('Z', '000Z');
  const spec = { holderIdentity: holder, leaseDurationSeconds: 15, renewTime };
  sandbox.server.store.write('leases', { metadata: { namespace, name, labels }, spec });
}

/** Time passes until the search has ended. */
async function find(more: Partial<LeaseSearch> = {}, whileWaiting: () => void = () => undefined): Promise<FoundLeases> {
  const signal = new AbortController().signal;
  const common = { transport: sandbox.transport, clock, signal, name: 'slicehints', likelyNamespaces: [] };
  let ended = false;
  const search = findLeases({ ...common, ...more }).finally(() => (ended = true));
  search.catch(() => undefined);
  for (let i = 0; !ended; i++) {
    await settle();
    if (clock.pending > 0) {
      whileWaiting();
      await clock.advance(1000);
    }
  }
  return search;
}

const named = ({ leases }: FoundLeases): string[] =>
  leases.map(({ namespace, name, holder, isLive }) => `${namespace}/${name} ${holder} ${isLive ? 'live' : 'dead'}`);

const refusing = (refused: (path: string) => boolean, status: number): Transport => ({
  send: (request) =>
    refused(request.path)
      ? Promise.reject(new ApiError('http', `refused ${status}`, { status }))
      : sandbox.transport.send(request),
  watch: (request) => sandbox.transport.watch(request),
  close: () => undefined,
});
const EVERYWHERE = '/apis/coordination.k8s.io/v1/leases';

describe('the search for the Leases of controllers', () => {
  test('finds them by label under any name, and by name without the label, in all namespaces', async () => {
    put('ops/hints-eu', { labels: LEASE_LABELS, holder: 'eu' });
    put('kube-system/slicehints', { holder: 'old' });
    put('shop/slicehints', { labels: LEASE_LABELS, holder: 'shop' });
    put('shop/other', { labels: { 'app.kubernetes.io/name': 'slicehints' } });
    expect(named(await find())).toEqual([
      'kube-system/slicehints old live',
      'ops/hints-eu eu live',
      'shop/slicehints shop live',
    ]);
  });

  test('stays within a namespace, and reads one Lease only where that is named in full', async () => {
    put('ops/hints-eu', { labels: LEASE_LABELS, holder: 'eu' });
    put('shop/slicehints', { holder: 'shop' });
    put('shop/second', { labels: LEASE_LABELS, holder: 'second' });
    expect(named(await find({ namespace: 'shop' }))).toEqual(['shop/second second live', 'shop/slicehints shop live']);
    const transport = refusing((path) => !path.endsWith('/second'), 403);
    const exact = { transport, namespace: 'shop', name: 'second', exact: true };
    expect(named(await find(exact))).toEqual(['shop/second second live']);
    expect(await find({ namespace: 'shop', name: 'none', exact: true })).toEqual({ leases: [], unreadable: [] });
  });

  test('goes through likely namespaces where all may not be listed, and names what it may not read', async () => {
    put('ops/slicehints', { holder: 'ops' });
    put('shop/slicehints', { holder: 'shop' });
    const transport = refusing((path) => path === EVERYWHERE || path.includes('/shop/'), 403);
    const found = await find({ transport, likelyNamespaces: ['ops', 'shop', 'ops'] });
    expect(named(found)).toEqual(['ops/slicehints ops live']);
    expect(found.unreadable).toEqual(['', 'shop']);
    expect(await find({ transport, namespace: 'shop' })).toEqual({ leases: [], unreadable: ['shop'] });
  });

  test.each([401, 429, 500, 503])('ends with the error of a server that answers %d', async (status) => {
    await expect(find({ transport: refusing(() => true, status) })).rejects.toThrow(`refused ${status}`);
  });
});

describe('the Lease of an installation with shards', () => {
  const labels = LEASE_LABELS;
  const old = { labels, renewedMsAgo: 3_600_000 };

  test.each<[string, Draft, Draft, string]>([
    ['is live while a replica holds a shard', { labels }, old, 'live'],
    ['is live while a replica holds none yet', old, { labels }, 'live'],
    ['is not when all replicas have ended, although it was renewed a moment ago', old, old, 'dead'],
    ['is not when all replicas have released theirs', { labels, holder: '' }, { labels, holder: '' }, 'dead'],
  ])('%s', async (_name, shard, member, expected) => {
    put('ops/hints', { labels, holder: '2-shards' });
    put('ops/hints-shard-1', shard);
    put('ops/hints-member-0', member);
    // Not of this installation.
    put('ops/hints-shard-1-eu', { labels });
    put('shop/hints-shard-0', { labels });
    const found = await find();
    expect(named(found)[0]).toBe(`ops/hints 2-shards ${expected}`);
    expect(found.leases[0]?.shards).toBe(2);
    expect(partsOf(found.leases[0]!, found.leases).map(({ name }) => name)).toEqual([
      'hints-member-0',
      'hints-shard-1',
    ]);
  });

  test('counts by itself where only it may be read', async () => {
    put('ops/hints', { labels, holder: '2-shards' });
    const exact = { namespace: 'ops', name: 'hints', exact: true };
    expect(named(await find(exact))).toEqual(['ops/hints 2-shards live']);
  });
});

describe('a Lease', () => {
  test.each<[string, Draft, boolean]>([
    ['that is free', { holder: '' }, false],
    ['that a clean-up holds', { holder: 'cleanup_host_1' }, false],
    ['renewed a moment ago', {}, true],
    ['renewed by a clock that is a little ahead', { renewedMsAgo: -5000 }, true],
    ['not renewed for long', { renewedMsAgo: 3_600_000 }, false],
  ])('%s', async (_, draft, isLive) => {
    put('ops/slicehints', draft);
    expect((await find()).leases).toEqual([expect.objectContaining({ isLive })]);
  });

  test('with an old time is live where it is renewed meanwhile, by a clock that is behind', async () => {
    put('ops/slicehints', { renewedMsAgo: 7_200_000 });
    const renew = (): void => put('ops/slicehints', { renewedMsAgo: 7_199_000 });
    expect((await find({}, renew)).leases).toEqual([expect.objectContaining({ isLive: true })]);
  });

  test('that is released meanwhile is not', async () => {
    put('ops/slicehints', { renewedMsAgo: 7_200_000 });
    const release = (): void => put('ops/slicehints', { holder: '' });
    expect((await find({}, release)).leases).toEqual([expect.objectContaining({ isLive: false })]);
  });
});
