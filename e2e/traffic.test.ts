import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { VerifiedService } from '../src/analysis/verify/verifyCluster.js';
import type { NodeView } from '../src/kubeproxy/view.js';
import { chiSquare, type Draws } from './support/chiSquare.js';
import { TestCluster, type EndpointSpec } from './support/cluster.js';
import {
  callFromNodes,
  checkRules,
  HAS_NODE_NETWORKS,
  WITHOUT_NODE_NETWORKS,
  type Answers,
} from './support/nodeNetwork.js';
import { eventually, slicehints } from './support/process.js';

const RECORDED = fileURLToPath(new URL('../../test/fixtures/proxy-rules/cluster.json', import.meta.url));
const PORT = 80;
const CONNECTIONS = 300;
/** Most pods are in the first zone, and one in the last, so that some traffic must leave its zone. */
const PODS_PER_NODE = [2, 2, 1, 1, 1, 0];

async function ok(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await slicehints(...args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout;
}

/** The rules that `view` prints for each node, by its name. */
async function rulesOf(podNetwork: string, ...args: string[]): Promise<Map<string, string>> {
  const text = await ok('view', ...args, '-o', 'nft', '--all-rules', `--cluster-cidr=${podNetwork}`);
  const parts = text.split(/^# node (\S+).*$/m).slice(1);
  return new Map(parts.flatMap((name, i) => (i % 2 === 0 ? [[name, parts[i + 1] ?? '']] : [])));
}

function sum(counts: Iterable<number>): number {
  return [...counts].reduce((total, count) => total + count, 0);
}

/** Adds up by key. */
function sumBy(counts: readonly (readonly [key: string, count: number])[]): Map<string, number> {
  const sums = new Map<string, number>();
  for (const [key, count] of counts) sums.set(key, (sums.get(key) ?? 0) + count);
  return sums;
}

function expectDrawn(draws: readonly Draws[]): void {
  const { impossible, statistic, limit } = chiSquare(draws);
  expect(impossible).toEqual([]);
  expect(statistic).toBeLessThan(limit);
}

describe.skipIf(!HAS_NODE_NETWORKS)(`Real connections between network namespaces${WITHOUT_NODE_NETWORKS}`, () => {
  let cluster: TestCluster;
  let nodes: { readonly name: string; readonly zone: string }[];
  let pods: EndpointSpec[];
  let answers: Answers;
  const web = (): string[] => [`--kubeconfig=${cluster.kubeconfig}`, `--service=${cluster.namespace}/web`];

  beforeAll(async () => {
    cluster = await TestCluster.start(['a', 'a', 'b', 'b', 'c', 'c']);
    nodes = Object.entries(cluster.zones).flatMap(([zone, names]) => names.map((name) => ({ name, zone })));
    pods = nodes.flatMap(({ name, zone }, n) =>
      Array.from({ length: PODS_PER_NODE[n] ?? 1 }, (_, i) => ({ address: `10.244.${n}.${i + 1}`, node: name, zone })),
    );
    // Each node makes as many connections as every other one.
    await cluster.createService('web', pods, { 'slicehints.io/mode': 'balanced', 'slicehints.io/demand': 'nodes' });
    const controller = cluster.controller();
    await eventually(async () => expect(Object.values(await cluster.hints('web'))).not.toContain(''));
    await controller.end();
    const rules = await rulesOf('10.244.0.0/16', ...web());
    const address = await cluster.ok(['get', 'service', 'web', '-o', 'jsonpath={.spec.clusterIP}']);
    answers = await callFromNodes({
      nodes: nodes.map(({ name }) => ({
        name,
        rules: rules.get(name) ?? '',
        pods: pods.filter(({ node }) => node === name).map((pod) => ({ address: pod.address, port: PORT })),
      })),
      target: { address, port: PORT },
      connections: CONNECTIONS,
    });
  }, 60_000);
  afterAll(() => cluster.stop(), 60_000);

  test('every connection is answered, on each node by the endpoints and with the chances that view shows', async () => {
    const { nodes: views } = JSON.parse(await ok('view', ...web(), '-o', 'json')) as { nodes: NodeView[] };
    const draws = nodes.map(({ name }): Draws => {
      const traffic = views.find((view) => view.name === name)?.ports[0]?.clusterTraffic;
      const endpoints = traffic?.action === 'forward' ? traffic.endpoints : [];
      return {
        expected: new Map(endpoints.map(({ address, probability }) => [address, probability])),
        observed: new Map(Object.entries(answers[name] ?? {})),
      };
    });
    expect(draws.map(({ observed }) => sum(observed.values()))).toEqual(nodes.map(() => CONNECTIONS));
    expectDrawn(draws);
    // With hints no node reaches all endpoints.
    expect(Math.max(...draws.map(({ expected }) => expected.size))).toBeLessThan(pods.length);
  });

  test('verify forecasts what is counted from zone to zone', async () => {
    const zoneOf = new Map(pods.map(({ address, zone }) => [address, zone]));
    const counts = sumBy(
      nodes.flatMap(({ name, zone }) =>
        Object.entries(answers[name] ?? {}).map(([pod, count]) => [`${zone} ${zoneOf.get(pod) ?? ''}`, count] as const),
      ),
    );
    const folder = await mkdtemp(join(tmpdir(), 'slicehints-traffic-'));
    try {
      const file = join(folder, 'answer.json');
      const result = [...counts].map(([pair, count]) => {
        const [src_zone, dst_zone] = pair.split(' ');
        const metric = { k8s_dst_namespace: cluster.namespace, k8s_dst_name: 'web', src_zone, dst_zone };
        return { metric, value: [0, `${count}`] };
      });
      await writeFile(file, JSON.stringify({ status: 'success', data: { resultType: 'vector', result } }));
      const { services } = JSON.parse(
        await ok('verify', ...web(), `--answer=${file}`, '--source=obi', '-o', 'json'),
      ) as { services: VerifiedService[] };
      expect(services).toMatchObject([{ name: 'web', rate: nodes.length * CONNECTIONS, differs: false, causes: [] }]);
      const pairs = services[0]?.pairs ?? [];
      // How many connections a zone makes is given; where they go is drawn.
      const zones = [...new Set(pairs.map(({ from }) => from))];
      expectDrawn(
        zones.map((zone) => {
          const own = pairs.filter(({ from }) => from === zone);
          const share = sum(own.map(({ forecast }) => forecast ?? NaN));
          expect(sum(own.map(({ measured }) => measured))).toBeCloseTo(share);
          return {
            expected: new Map(own.map(({ to, forecast }) => [to, (forecast ?? NaN) / share])),
            observed: new Map(own.map(({ to }) => [to, counts.get(`${zone} ${to}`) ?? 0])),
          };
        }),
      );
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test('nft takes the rules of a cluster of 80 random Services, on each of its nodes', async () => {
    const rules = await rulesOf('10.40.0.0/14', '-f', RECORDED);
    expect(rules.size).toBeGreaterThan(2);
    const complaints = await Promise.all([...rules.values()].map(checkRules));
    expect(complaints).toEqual([...rules.keys()].map(() => ''));
  });
});
