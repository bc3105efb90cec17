import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { planService, type ServicePlan } from '../../../../src/hints/planService.js';
import type { EndpointManifest, EndpointSliceManifest, NodeManifest } from '../../../../src/model/manifest.js';
import { writePlan } from '../../../support/arbitraryCluster.js';
import { autoService } from '../../../support/vectors.js';

const ZONE = 'topology.kubernetes.io/zone';
const HOSTNAME = 'kubernetes.io/hostname';
const POOL = 'apps.openyurt.io/nodepool';
const KEYS = [
  `rack,${ZONE}`,
  `pool,rack,!${ZONE}`,
  `${HOSTNAME},pool,${ZONE},*`,
  '!rack,pool',
  'pool',
  `!pool,!rack,${ZONE},*`,
];

interface Hard {
  readonly nodes: NodeManifest[];
  readonly slices: EndpointSliceManifest[];
  readonly annotations: Record<string, string>;
}

/** Many more nodes than an endpoint can name, in racks and pools that cross zones, and hints of other plans. */
const hardCases: fc.Arbitrary<Hard> = fc
  .record({
    places: fc.array(fc.record({ zone: fc.nat(12), rack: fc.nat(6), pool: fc.nat(3), old: fc.boolean() }), {
      minLength: 12,
      maxLength: 60,
    }),
    zones: fc.constantFrom(1, 2, 5, 13),
    oldNodes: fc.boolean(),
    ends: fc.array(
      fc.record({
        node: fc.nat(200),
        ready: fc.integer({ min: 0, max: 5 }).map((n) => n > 0),
        zoneHints: fc.option(fc.uniqueArray(fc.nat(14), { minLength: 1, maxLength: 8 })),
        nodeHints: fc.option(fc.uniqueArray(fc.nat(64), { minLength: 1, maxLength: 8 })),
      }),
      { minLength: 1, maxLength: 12 },
    ),
    hints: fc.constantFrom('none', 'some', 'all'),
    keys: fc.constantFrom(...KEYS),
    strict: fc.integer({ min: 0, max: 7 }).map((n) => n === 0),
  })
  .map(({ places, zones, oldNodes, ends, hints, keys, strict }) => {
    const name = (i: number): string => `n${String(i).padStart(2, '0')}`;
    const nodes = places.map(({ zone, rack, pool, old }, i): NodeManifest => ({
      metadata: {
        name: name(i),
        labels: {
          [HOSTNAME]: name(i),
          [ZONE]: `z${zone % zones}`,
          rack: `r${rack}`,
          pool: `p${pool}`,
          [POOL]: `p${pool}`,
        },
      },
      status: {
        allocatable: { cpu: '4' },
        conditions: [{ type: 'Ready', status: 'True' }],
        nodeInfo: { kubeletVersion: oldNodes && old ? 'v1.33.0' : 'v1.35.0' },
      },
    }));
    const endpoints = ends.map(({ node, ready, zoneHints, nodeHints }, i): EndpointManifest => {
      const at = node % nodes.length;
      const given = {
        ...(zoneHints === null ? {} : { forZones: zoneHints.map((zone) => ({ name: `z${zone}` })) }),
        ...(nodeHints === null ? {} : { forNodes: nodeHints.map((one) => ({ name: name(one) })) }),
      };
      return {
        addresses: [`10.0.0.${i + 1}`],
        nodeName: name(at),
        zone: nodes[at]!.metadata!.labels![ZONE]!,
        conditions: { ready },
        ...(hints === 'all' || (hints === 'some' && i % 2 === 0) ? { hints: given } : {}),
      };
    });
    const slice: EndpointSliceManifest = {
      metadata: {
        namespace: 'default',
        name: 's0',
        resourceVersion: '1',
        labels: { 'kubernetes.io/service-name': 'svc' },
      },
      addressType: 'IPv4',
      ports: [{ name: 'http', port: 80 }],
      endpoints,
    };
    const annotations = {
      'slicehints.io/topology-keys': keys,
      ...(strict ? { 'slicehints.io/topology-keys-strict': 'true' } : {}),
    };
    return { nodes, slices: [slice], annotations };
  });

/** Places as `zone.pool`, all in one rack; and on which of these nodes there are endpoints, none of them ready. */
const ONCE_SWAPPED = {
  places:
    '5.2 9.3 0.0 0.0 6.0 0.0 1.2 3.3 4.2 7.2 3.2 0.0 1.0 12.2 0.0 4.3 0.0 0.0 2.2 2.3 10.3 0.0 6.3 4.0 12.0 0.1 5.0 0.0 8.2 0.2 2.1 12.1',
  ends: [19, 11, 0, 0, 25, 0],
};

test('zones that endpoints of one node share are not dealt anew each time', () => {
  const nodes = ONCE_SWAPPED.places.split(' ').map((place, i): NodeManifest => {
    const [zone, pool] = place.split('.');
    const name = `n${String(i).padStart(2, '0')}`;
    return {
      metadata: { name, labels: { [HOSTNAME]: name, [ZONE]: `z${zone}`, rack: 'r0', pool: `p${pool}` } },
      status: { conditions: [{ type: 'Ready', status: 'True' }] },
    };
  });
  const slices: EndpointSliceManifest[] = [
    {
      metadata: { namespace: 'default', name: 's0', labels: { 'kubernetes.io/service-name': 'svc' } },
      addressType: 'IPv4',
      endpoints: ONCE_SWAPPED.ends.map((at, i) => ({
        addresses: [`10.0.0.${i + 1}`],
        nodeName: nodes[at]!.metadata!.name!,
        zone: nodes[at]!.metadata!.labels![ZONE]!,
        conditions: { ready: false },
      })),
    },
  ];
  const service = autoService({ 'slicehints.io/topology-keys': `pool,rack,!${ZONE}` });
  const planOf = (its: EndpointSliceManifest[]): ServicePlan =>
    planService({ service, slices: its, nodes, settings: { nodeHints: 'dropped' } });
  const plan = planOf(slices);
  expect(plan.patches).toHaveLength(1);
  expect(planOf(writePlan(slices, plan)).patches).toEqual([]);
});

describe.each(['stored', 'dropped'] as const)('with node hints that are %s, planning the result', (nodeHints) => {
  const planOf = ({ nodes, slices, annotations }: Hard): ServicePlan =>
    planService({ service: autoService(annotations), slices, nodes, settings: { nodeHints } });

  test('again changes nothing, whatever hints there were', () => {
    fc.assert(
      fc.property(hardCases, (hard) => {
        const plan = planOf(hard);
        const again = planOf({ ...hard, slices: writePlan(hard.slices, plan) });
        expect({ patches: again.patches, verdicts: again.verdicts }).toEqual({ patches: [], verdicts: plan.verdicts });
      }),
      { numRuns: 120 },
    );
  });
});
