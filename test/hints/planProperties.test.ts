import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { allocate } from '../../src/hints/strategies/auto/allocation.js';
import { planService, type ServicePlan } from '../../src/hints/planService.js';
import { summariseCluster } from '../../src/model/cluster.js';
import type { EndpointSliceManifest } from '../../src/model/manifest.js';
import { readNode } from '../../src/model/node.js';
import { applyPatch, clusters, deepFreeze, writePlan, type ArbitraryCluster } from '../support/arbitraryCluster.js';
import { autoService } from '../support/vectors.js';

const MODES = {
  auto: { 'service.kubernetes.io/topology-mode': 'Auto' },
  balanced: { 'service.kubernetes.io/topology-mode': 'slicehints.io/balanced' },
  'balanced with node hints': {
    'service.kubernetes.io/topology-mode': 'slicehints.io/balanced',
    'slicehints.io/node-hints': 'true',
  },
  'same-zone': { 'service.kubernetes.io/topology-mode': 'slicehints.io/same-zone' },
  'same-node': { 'service.kubernetes.io/topology-mode': 'slicehints.io/same-node' },
  'topology-keys': { 'slicehints.io/topology-keys': 'kubernetes.io/hostname,topology.kubernetes.io/zone,*' },
  off: {},
};
const modes = Object.entries(MODES);
const planOf = ({ nodes, slices }: ArbitraryCluster, annotations: Record<string, string>): ServicePlan =>
  planService({ service: autoService(annotations), slices, nodes });

/** `address → hints` of every endpoint. */
const byAddress = (plan: ServicePlan): Record<string, unknown> =>
  Object.fromEntries<unknown>(
    plan.slices.flatMap(({ endpoints }) =>
      endpoints.map(({ addresses, hints }) => [addresses[0] ?? '', hints] as const),
    ),
  );

describe.each(modes)('whatever the cluster, a plan in mode %s', (mode, annotations) => {
  test('is the same to the byte for nodes and slices in any order', () => {
    fc.assert(
      fc.property(clusters, (cluster) => {
        const turned = { nodes: [...cluster.nodes].reverse(), slices: [...cluster.slices].reverse() };
        expect(JSON.stringify(planOf(turned, annotations))).toBe(JSON.stringify(planOf(cluster, annotations)));
      }),
    );
  });

  test('gives each address the same hints for endpoints in any order', () => {
    fc.assert(
      fc.property(clusters, (cluster) => {
        const turned = cluster.slices.map((slice) => ({ ...slice, endpoints: [...(slice.endpoints ?? [])].reverse() }));
        expect(byAddress(planOf({ ...cluster, slices: turned }, annotations))).toEqual(
          byAddress(planOf(cluster, annotations)),
        );
      }),
    );
  });

  test('changes nothing when it is planned again on its own result', () => {
    fc.assert(
      fc.property(clusters, (cluster) => {
        const plan = planOf(cluster, annotations);
        const again = planOf({ ...cluster, slices: writePlan(cluster.slices, plan) }, annotations);
        expect({ patches: again.patches, verdicts: again.verdicts }).toEqual({ patches: [], verdicts: plan.verdicts });
      }),
    );
  });

  test('mutates nothing', () => {
    fc.assert(fc.property(clusters, (cluster) => void planOf(deepFreeze(cluster), annotations)));
  });

  test('writes, by its patches, exactly the hints that it shows, and nothing else but its annotation', () => {
    fc.assert(
      fc.property(clusters, (cluster) => {
        const plan = planOf(cluster, annotations);
        const bare = (slice: EndpointSliceManifest): unknown => ({
          ...slice,
          metadata: { ...slice.metadata, annotations: undefined },
          endpoints: slice.endpoints?.map((endpoint) => ({ ...endpoint, hints: undefined })),
        });
        for (const slice of cluster.slices) {
          const shown = plan.slices.find(({ name }) => name === slice.metadata?.name);
          const change = plan.patches.find(({ name }) => name === slice.metadata?.name);
          expect(shown?.changed).toBe(change !== undefined);
          if (change === undefined) continue;
          const written = applyPatch(slice, change.patch);
          expect(written.endpoints?.map(({ hints }) => hints)).toEqual(shown?.endpoints.map(({ hints }) => hints));
          expect(bare(written)).toEqual(bare(slice));
          const marks = Object.keys(written.metadata?.annotations ?? {});
          expect(marks.every((key) => key === 'slicehints.io/hints')).toBe(true);
        }
      }),
    );
  });

  test('names at most 8 zones and 8 nodes on an endpoint, none twice', () => {
    fc.assert(
      fc.property(clusters, (cluster) => {
        const plan = planOf(cluster, annotations);
        if (plan.mode === 'off') return;
        for (const { hints } of plan.slices.flatMap(({ endpoints }) => endpoints)) {
          for (const names of [hints?.forZones ?? [], hints?.forNodes ?? []]) {
            expect(names.length).toBeLessThanOrEqual(8);
            expect(new Set(names.map(({ name }) => name)).size).toBe(names.length);
          }
        }
      }),
    );
  });

  test('forecasts fractions of 1', () => {
    fc.assert(
      fc.property(clusters, (cluster) => {
        for (const { inZoneShare, worstLoad, byZone } of planOf(cluster, annotations).forecast) {
          for (const share of [inZoneShare, ...byZone.map((zone) => zone.inZoneShare)]) {
            expect(share).toBeGreaterThanOrEqual(0);
            expect(share).toBeLessThanOrEqual(1 + 1e-9);
          }
          expect(worstLoad === 0 || worstLoad >= 1 - 1e-9).toBe(true);
        }
      }),
    );
    expect(mode).not.toBe('');
  });
});

describe('stickiness of Auto', () => {
  test('moves as few valid hints as the bounds allow', () => {
    fc.assert(
      fc.property(clusters, (cluster) => {
        const plan = planOf(cluster, MODES.auto);
        if (plan.verdicts[0]?.hinted !== true) return;
        const ready = cluster.slices.flatMap((slice) =>
          (slice.endpoints ?? []).filter(({ conditions }) => conditions?.ready === true),
        );
        const allocation = allocate(summariseCluster(cluster.nodes.map(readNode)).autoShares, ready.length);
        if (!allocation.ok) throw new Error(allocation.message);
        const counted = new Set(allocation.zones.map(({ zone }) => zone));
        const kept = new Map<string, number>();
        const valid = new Map<string, string>();
        for (const { addresses, hints } of ready) {
          const zone = hints?.forZones?.[0]?.name ?? '';
          if (hints?.forZones?.length !== 1 || (hints.forNodes?.length ?? 0) > 0 || !counted.has(zone)) continue;
          valid.set(addresses?.[0] ?? '', zone);
          kept.set(zone, (kept.get(zone) ?? 0) + 1);
        }
        const moved = plan.slices
          .flatMap(({ endpoints }) => endpoints)
          .filter(({ addresses, hints }) => {
            const before = valid.get(addresses[0] ?? '');
            return before !== undefined && hints?.forZones?.[0]?.name !== before;
          }).length;
        const free = ready.length - valid.size;
        const lacking = allocation.zones.reduce(
          (sum, { zone, minimum }) => sum + Math.max(0, minimum - (kept.get(zone) ?? 0)),
          0,
        );
        // New endpoints fill gaps first; only what they cannot fill moves a hint that is valid.
        expect(moved).toBeLessThanOrEqual(Math.max(0, lacking - free));
      }),
      { numRuns: 500 },
    );
  });
});
