import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { keepHints } from '../../../src/guard/rule.js';
import { planService, type ServicePlan } from '../../../src/hints/planService.js';
import { summariseCluster } from '../../../src/model/cluster.js';
import { hintsManifest } from '../../../src/model/hints.js';
import type { EndpointSliceManifest, NodeManifest, ServiceManifest } from '../../../src/model/manifest.js';
import { readNode } from '../../../src/model/node.js';
import { readService } from '../../../src/model/service.js';
import { readSlice } from '../../../src/model/slice.js';
import { inTreeMode, syncInTree } from '../../../src/sandbox/inTree/hints.js';
import { applyPatch, clusters } from '../../support/arbitraryCluster.js';
import { ep, IN_TREE, mode, n1, n2, node, planOf, slice } from '../planOf.js';

type Endpoints = ReturnType<typeof ep>;
const keys = (value: string): Record<string, string> => ({ 'slicehints.io/topology-keys': value });
const own = (zone: string, count = 1): Endpoints => ep(zone, count, { hints: { forZones: [{ name: zone }] } });
const both = { hints: { forZones: [{ name: 'a' }, { name: 'b' }] } };
const byNode = { hints: { forZones: [{ name: 'a' }], forNodes: [{ name: 'n1' }] } };
const inTrees = (endpoints: Endpoints): EndpointSliceManifest => slice('s', endpoints, ['http'], IN_TREE);

function writtenBy(manager: string, manifest: EndpointSliceManifest): EndpointSliceManifest {
  const managedFields = [{ manager, fieldsV1: { 'f:endpoints': {} } }];
  return { ...manifest, metadata: { ...manifest.metadata, managedFields } };
}

/** What is not ready has not been so for long. */
function justAway(manifest: NodeManifest): NodeManifest {
  const { status } = manifest;
  const since = { lastTransitionTime: '2026-01-01T00:00:00Z' };
  return { ...manifest, status: { ...status, conditions: status?.conditions?.map((each) => ({ ...each, ...since })) } };
}

function withoutZone(manifest: NodeManifest): NodeManifest {
  return { ...manifest, metadata: { ...manifest.metadata, labels: {} } };
}

const settings = { guard: true, nowMs: Date.parse('2026-01-01T00:04:00Z') };

const zonesOf = ({ slices }: ServicePlan): string[] =>
  slices.flatMap(({ endpoints }) =>
    endpoints.map(({ hints }) => hints?.forZones?.map(({ name }) => name).join('+') ?? '-'),
  );

describe('a plan without hints, where in-tree would write those of trafficDistribution,', () => {
  test.each<[string, string, Endpoints, string[]]>([
    ['names every zone instead of one', 'PreferClose', [...own('a', 2), ...own('b')], ['a+b', 'a+b', 'a+b']],
    ['names every zone instead of nodes', 'PreferSameNode', ep('a', 2, byNode).concat(own('b')), ['a+b', 'a+b', 'a+b']],
    ['leaves hints that have no effect', 'PreferClose', own('a'), ['a']],
    ['leaves hints that name every zone', 'PreferSameZone', ep('a', 2, both), ['a+b', 'a+b']],
  ])('%s', (_, trafficDistribution, endpoints, zones) => {
    const plan = planOf(keys('*'), [inTrees(endpoints)], { settings, trafficDistribution });
    expect(zonesOf(plan)).toEqual(zones);
    expect(plan.verdicts[0]).toMatchObject({ hinted: true, reason: 'TopologyKeysExact' });
    expect(plan.verdicts[0]?.message).toContain('without any, Kubernetes would write its own');
    const bare = endpoints.map((endpoint) => ({ ...endpoint, hints: undefined }));
    expect(plan.forecast).toEqual(planOf(keys('*'), [inTrees(bare)], { settings }).forecast);
  });

  test('names no zone at all where there are more than an endpoint may name', () => {
    const nodes = Array.from({ length: 9 }, (_, i) => node(`n${i}`, `z${i}`, '4'));
    const endpoints = own('z0', 2).concat(own('z1'));
    const more = { settings, nodes, trafficDistribution: 'PreferClose' };
    const plan = planOf(keys('*'), [inTrees(endpoints)], more);
    expect(zonesOf(plan)).toEqual(new Array(3).fill('placeholder.invalid'));
    const written = plan.slices.flatMap((each) => each.endpoints.map(({ hints }, i) => ({ ...endpoints[i]!, hints })));
    expect(planOf(keys('*'), [inTrees(written)], more).patches).toEqual([]);
    expect(plan.forecast).toEqual(
      planOf(keys('*'), [inTrees(ep('z0', 2).concat(ep('z1')))], { settings, nodes }).forecast,
    );
  });

  test.each<[string, Parameters<typeof planOf>[2] & object]>([
    ['by in-tree, where the Service asks for no distribution', { settings }],
    [
      'by in-tree, where it is absent',
      { settings: { ...settings, inTree: 'absent' }, trafficDistribution: 'PreferClose' },
    ],
  ])('takes hints away that are not given back %s', (_, more) => {
    expect(zonesOf(planOf(keys('*'), [inTrees([...own('a', 2), ...own('b')])], more))).toEqual(['-', '-', '-']);
  });

  test.each<[string, Endpoints, number]>([
    ['', ep('a', 2), 0],
    [', and takes empty ones away', ep('a', 2, { hints: {} }), 1],
  ])('waits for those that in-tree has not written yet%s', (_, endpoints, writes) => {
    const plan = planOf(keys('*'), [inTrees(endpoints)], { settings, trafficDistribution: 'PreferClose' });
    expect([plan.patches.length, plan.verdicts[0]?.hinted]).toEqual([writes, false]);
    expect(plan.verdicts[0]?.message).not.toContain('would write');
  });
});

describe('endpoints without a zone, whose node in-tree names by PreferSameNode,', () => {
  const unplaced = (nodeName: string, named = nodeName): Endpoints =>
    ep('', 1, { nodeName, zone: undefined, hints: { forNodes: [{ name: named }] } });
  const nodes = [n1, n2, node('n3', '', '4'), node('n4', '', '4')];
  const nodesOf = (plan: ServicePlan): string[] =>
    plan.slices.flatMap(({ endpoints }) => endpoints.map(({ hints }) => hints?.forNodes?.[0]?.name ?? '-'));
  const placed = own('a', 2);
  const beside = (endpoints: Endpoints): EndpointSliceManifest[] => [
    inTrees(placed),
    slice('t', endpoints, ['http', 'admin'], IN_TREE),
  ];
  const nobody = 'placeholder.invalid';
  test.each<[string, EndpointSliceManifest[], string[]]>([
    ['keep the name, which has no effect', [inTrees([...placed, ...unplaced('n3')])], ['-', '-', 'n3']],
    [
      'get a placeholder where it has one, as all endpoints of a port have such names',
      beside([...unplaced('n3'), ...unplaced('n4')]),
      ['-', '-', nobody, nobody],
    ],
    ['keep a placeholder', beside([...unplaced('n3', nobody), ...unplaced('n4', nobody)]), ['-', '-', nobody, nobody]],
  ])('%s', (_, slices, names) => {
    const plan = planOf(mode('same-zone'), slices, { settings, nodes, trafficDistribution: 'PreferSameNode' });
    const bare = planOf(mode('same-zone'), slices, { settings, nodes });
    expect(nodesOf(plan)).toEqual(names);
    expect(nodesOf(bare)).toEqual(names.map(() => '-'));
    expect([plan.forecast, plan.verdicts]).toEqual([bare.forecast, bare.verdicts]);
  });
});

describe('a plan of Auto without hints', () => {
  const n3 = node('n3', 'c', '4');
  const away = justAway({ ...n3, status: { ...n3.status, conditions: [{ type: 'Ready', status: 'False' }] } });
  test.each<[string, string, NodeManifest, string[], string]>([
    [
      'leaves those that in-tree keeps, as it does not count a node',
      'kube-controller-manager',
      away,
      ['a', 'b'],
      'TopologyAwareHintsEnabled',
    ],
    [
      'takes away those that in-tree would not give',
      'kube-controller-manager',
      n3,
      ['-', '-'],
      'TopologyAwareHintsDisabled',
    ],
    [
      'takes away its own, although in-tree could have given them',
      'slicehints',
      away,
      ['-', '-'],
      'TopologyAwareHintsDisabled',
    ],
  ])('%s', (_, writer, third, zones, reason) => {
    const found = writtenBy(writer, inTrees([...own('a'), ...own('b')]));
    const annotations = writer === 'slicehints' ? { 'slicehints.io/hints': 'v1-0' } : {};
    const manifest = { ...found, metadata: { ...found.metadata, annotations } };
    const plan = planOf(mode('Auto'), [manifest], { nodes: [n1, n2, third], settings });
    expect([zonesOf(plan), plan.verdicts[0]?.reason]).toEqual([zones, reason]);
  });
});

const WISHES: Record<string, string>[] = [
  mode('Auto'),
  { ...mode('Auto'), 'slicehints.io/demand': 'equal' },
  { 'slicehints.io/mode': 'auto' },
  { 'slicehints.io/mode': 'balanced' },
  { 'slicehints.io/mode': 'balanced', ...mode('Auto') },
  { 'slicehints.io/mode': 'same-node', ...mode('Auto') },
  { 'slicehints.io/mode': 'same-zone' },
  { 'slicehints.io/mode': 'same-node' },
  { 'slicehints.io/mode': 'balanced', 'slicehints.io/node-hints': 'true' },
  keys('example.com/pool,topology.kubernetes.io/zone'),
  keys('*'),
  keys('kubernetes.io/hostname,topology.kubernetes.io/zone,*'),
  keys('topology.kubernetes.io/zone'),
];
const DISTRIBUTIONS = [undefined, 'PreferClose', 'PreferSameZone', 'PreferSameNode'];

/** The slices after in-tree has synced the Service, beside the guard; the very same where it writes none. */
function syncOf(
  service: ServiceManifest,
  slices: readonly EndpointSliceManifest[],
  nodes: readonly NodeManifest[],
): readonly EndpointSliceManifest[] {
  const { slices: outcomes } = syncInTree({
    mode: inTreeMode(readService(service)),
    shares: summariseCluster(nodes.map(readNode)).strictShares,
    addressType: 'IPv4',
    slices: slices.map((each) => ({ changed: false, endpoints: readSlice(each).endpoints })),
    populated: false,
  });
  let isWritten = false;
  const synced = slices.map((each, i) => {
    const { written, hints } = outcomes[i]!;
    if (!written) return each;
    const sent = {
      ...each,
      endpoints: each.endpoints?.map((endpoint, k) => {
        const given = hints[k];
        return { ...endpoint, hints: given && hintsManifest(given) };
      }),
    };
    const stored = keepHints(each, sent);
    // An update that changes nothing is none: no generation, no event.
    if (JSON.stringify(readSlice(stored)) === JSON.stringify(readSlice(each))) return each;
    isWritten = true;
    return writtenBy('kube-controller-manager', stored);
  });
  return isWritten ? synced : slices;
}

/** What a cluster may have besides: nodes without a zone, and slices that serve another port. */
const oddities = fc.record({ unplaced: fc.boolean(), divided: fc.boolean() });

describe('whatever the cluster, in-tree and slicehints beside the guard come to rest', () => {
  test.each(WISHES.map((wish) => [JSON.stringify(wish), wish] as const))('%s', (_, annotations) => {
    fc.assert(
      fc.property(clusters, fc.constantFrom(...DISTRIBUTIONS), oddities, (cluster, trafficDistribution, odd) => {
        const service = { metadata: { name: 'svc', namespace: 'default', annotations }, spec: { trafficDistribution } };
        const nodes = cluster.nodes
          .map((each, i) => (odd.unplaced && i % 3 === 0 ? withoutZone(each) : each))
          .map(justAway);
        const labels = { 'kubernetes.io/service-name': 'svc', 'endpointslice.kubernetes.io/managed-by': IN_TREE };
        let slices: readonly EndpointSliceManifest[] = cluster.slices.map((each, i) => {
          const endpoints = odd.unplaced
            ? each.endpoints?.map((one) => (one.nodeName === 'n1' ? one : { ...one, zone: undefined }))
            : each.endpoints;
          const ports = odd.divided && i % 2 === 0 ? [...each.ports!, { name: 'admin', port: 81 }] : each.ports;
          const metadata = { ...each.metadata, labels };
          return writtenBy('kube-controller-manager', { ...each, endpoints, ports, metadata });
        });
        // A slice is marked, and so guarded, when its hints change; in-tree may still move those on the others.
        const mostWrites = slices.length + 1;
        for (let writes = 0; writes <= mostWrites; writes++) {
          slices = syncOf(service, slices, nodes);
          const { patches } = planService({ service, slices, nodes, settings });
          if (patches.length === 0) return;
          slices = slices.map((each) => {
            const change = patches.find(({ name }) => name === each.metadata?.name);
            return change === undefined ? each : writtenBy('slicehints', applyPatch(each, change.patch));
          });
        }
        throw new Error(`still no rest after ${mostWrites} writes: ${JSON.stringify(slices)}`);
      }),
    );
  });
});
