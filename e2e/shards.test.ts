import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TestCluster } from './support/cluster.js';
import { eventually, slicehints, type Background } from './support/process.js';

const SHARDS = 4;
const SERVICES = 24;
const FLAGS = [
  `--shards=${SHARDS}`,
  '--leader-elect-lease-duration=12s',
  '--leader-elect-renew-deadline=9s',
  '--leader-elect-retry-period=1s',
];

interface LeaseList {
  readonly items: readonly { metadata: { name: string }; spec: { holderIdentity?: string } }[];
}

describe('three controllers with four shards', () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await TestCluster.start();
  }, 60_000);
  afterAll(() => cluster.stop(), 60_000);

  const holders = async (): Promise<Record<string, string>> => {
    const { items } = JSON.parse(await cluster.ok(['get', 'leases', '-o', 'json'])) as LeaseList;
    return Object.fromEntries(items.map(({ metadata, spec }) => [metadata.name, spec.holderIdentity ?? '']));
  };
  const shardHolders = async (): Promise<string[]> =>
    Object.entries(await holders()).flatMap(([name, holder]) => (name.includes('-shard-') ? [holder] : []));
  /** How many shards each has, the least first. */
  const shares = (all: readonly string[]): number[] =>
    [...new Set(all)].map((one) => all.filter((holder) => holder === one).length).sort((a, b) => a - b);
  const identityOf = ({ log }: Background): unknown =>
    log.find(({ msg, lease }) => msg === 'became the leader' && String(lease).includes('-member-'))?.['identity'];
  const endpoints = (first: 'a' | 'b'): Parameters<TestCluster['createService']>[1] => {
    const { a, b } = cluster.zones;
    const both = [
      { address: '10.1.0.1', node: a[0] ?? '', zone: 'a' },
      { address: '10.1.0.2', node: b[0] ?? '', zone: 'b' },
    ];
    return first === 'a' ? both : both.reverse();
  };
  const allHinted = async (): Promise<void> => {
    const out = await cluster.ok(['get', 'endpointslices', '-o', 'json']);
    const { items } = JSON.parse(out) as { items: { endpoints: { hints?: object }[] }[] };
    const hinted = items.filter((slice) => slice.endpoints.every(({ hints }) => hints !== undefined));
    expect(hinted).toHaveLength(SERVICES);
  };

  test('share the Services; when one is killed, the others serve its shards', async () => {
    for (let i = 0; i < SERVICES; i++) {
      await cluster.createService(`svc-${i}`, endpoints('a'), { 'service.kubernetes.io/topology-mode': 'Auto' });
    }
    const controllers = [1, 2, 3].map(() => cluster.controller(...FLAGS));
    try {
      await eventually(async () => expect(shares(await shardHolders())).toEqual([1, 1, 2]), 60_000);
      await eventually(allHinted);
      expect(Object.keys(await holders()).sort()).toEqual([
        'slicehints',
        ...[0, 1, 2, 3].map((i) => `slicehints-member-${i}`).slice(0, 3),
        ...[0, 1, 2, 3].map((i) => `slicehints-shard-${i}`),
      ]);
      expect((await holders())['slicehints']).toBe('4-shards');

      const cleanup = await slicehints('cleanup', `--kubeconfig=${cluster.kubeconfig}`);
      expect([cleanup.code, cleanup.stderr]).toEqual([1, expect.stringContaining('slicehints-shard-3')]);

      const [victim, second, third] = controllers;
      const name = identityOf(victim!);
      expect(await shardHolders()).toContain(name);
      await victim!.end('SIGKILL');
      for (let i = 0; i < SERVICES; i++) await cluster.replaceEndpoints(`svc-${i}`, endpoints('b'));
      await eventually(allHinted, 60_000);
      await eventually(async () => expect(shares(await shardHolders())).toEqual([2, 2]));
      expect(await shardHolders()).not.toContain(name);
      // One after the other: a replica that ends while it takes what the other has just released may leave it held.
      const code = await second!.end();
      await eventually(async () => expect(shares(await shardHolders())).toEqual([SHARDS]));
      expect([await victim!.end(), code, await third!.end()]).toEqual(['SIGKILL', 0, 0]);
    } finally {
      await Promise.all(controllers.map((one) => one.end('SIGKILL')));
    }
    // What replicas can release they have released, and cleanup need not wait for the rest.
    expect(await shardHolders()).toEqual(['', '', '', '']);
    const cleanup = await slicehints('cleanup', `--kubeconfig=${cluster.kubeconfig}`, '--verify-for=0s');
    expect([cleanup.code, cleanup.stderr]).toEqual([0, '']);
  }, 240_000);
});
