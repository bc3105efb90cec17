import { describe, expect, test } from 'vitest';
import { allocate } from '../../../../src/hints/strategies/auto/allocation.js';
import { planService, type ServicePlan } from '../../../../src/hints/planService.js';
import { IN_TREE_MANAGER } from '../../../../src/hints/ownership.js';
import { summariseCluster } from '../../../../src/model/cluster.js';
import type { EndpointSliceManifest } from '../../../../src/model/manifest.js';
import { readNode } from '../../../../src/model/node.js';
import { MANAGED_BY_LABEL } from '../../../../src/model/slice.js';
import {
  autoService,
  nodeManifest,
  readVectors,
  sliceManifest,
  type VectorNode,
  type VectorSlice,
} from '../../../support/vectors.js';

interface AutoVector {
  readonly id: string;
  readonly nodes: VectorNode[];
  readonly slices: VectorSlice[];
  readonly upstream: {
    readonly enabled: boolean;
    readonly message: string;
    readonly perZone?: Record<string, number>;
  }[];
}

function managedBy(manager: string, slice: EndpointSliceManifest): EndpointSliceManifest {
  const { metadata } = slice;
  return { ...slice, metadata: { ...metadata, labels: { ...metadata?.labels, [MANAGED_BY_LABEL]: manager } } };
}

function planVector(vector: AutoVector): ServicePlan {
  return planService({
    service: autoService(),
    // Where in-tree need not agree, an endpoint without a zone has that of its node.
    slices: vector.slices.map((slice) => managedBy(IN_TREE_MANAGER, sliceManifest(slice))),
    nodes: vector.nodes.map(nodeManifest),
  });
}

/** The zones that ready endpoints are hinted for, one entry per endpoint; undefined for an endpoint without hints. */
function readyHints(vector: AutoVector, plan: ServicePlan): (string[] | undefined)[] {
  return vector.slices.flatMap((slice) => {
    const planned = plan.slices.find(({ name }) => name === slice.name);
    return slice.endpoints.flatMap((endpoint, i) =>
      endpoint.ready === true ? [planned?.endpoints[i]?.hints?.forZones?.map(({ name }) => name)] : [],
    );
  });
}

function countPerZone(hints: (string[] | undefined)[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const zone of hints.flatMap((zones) => zones ?? [])) counts[zone] = (counts[zone] ?? 0) + 1;
  return Object.fromEntries(Object.entries(counts).sort());
}

const ENABLED = 'Topology Aware Hints has been enabled, addressType: IPv4';
const ofUpstream = (vector: AutoVector, withCounts: boolean): object[] =>
  vector.upstream.map(({ enabled, message, perZone }) => ({
    enabled,
    // The vectors record messages of bail-outs only; hints that are set are announced by one fixed sentence.
    message: enabled ? ENABLED : message,
    ...(withCounts && perZone ? { perZone: Object.fromEntries(Object.entries(perZone).sort()) } : {}),
  }));

describe('Auto beside the answers of Kubernetes 1.36', () => {
  const clean = readVectors<AutoVector>('auto-clean.jsonl');
  const dirty = readVectors<AutoVector>('auto-dirty.jsonl');

  test('the fixtures are all there', () => {
    expect([clean.length, dirty.length]).toEqual([300, 300]);
  });

  test.each(clean.map((vector) => [vector.id, vector] as const))(
    'without hints to begin with: verdict, message and counts per zone are one of upstream outcomes (%s)',
    (_, vector) => {
      const plan = planVector(vector);
      const verdict = plan.verdicts[0];
      const ours = {
        enabled: verdict?.hinted,
        message: verdict?.message,
        ...(verdict?.hinted === true ? { perZone: countPerZone(readyHints(vector, plan)) } : {}),
      };
      expect(ofUpstream(vector, true)).toContainEqual(ours);
    },
  );

  test.each(dirty.map((vector) => [vector.id, vector] as const))(
    'with hints and odd nodes to begin with: verdict and message are one of upstream outcomes, hints keep the bounds (%s)',
    (_, vector) => {
      const plan = planVector(vector);
      const verdict = plan.verdicts[0];
      expect(ofUpstream(vector, false)).toContainEqual({ enabled: verdict?.hinted, message: verdict?.message });
      const hints = readyHints(vector, plan);
      if (verdict?.hinted !== true) {
        expect(hints.every((zones) => zones === undefined)).toBe(true);
        return;
      }
      const allocation = allocate(
        summariseCluster(vector.nodes.map((node) => readNode(nodeManifest(node)))).strictShares,
        hints.length,
      );
      if (!allocation.ok) throw new Error(`upstream hints this case, the bounds say: ${allocation.message}`);
      const counts = countPerZone(hints);
      expect(hints.every((zones) => zones?.length === 1)).toBe(true);
      expect(Object.keys(counts).filter((zone) => !allocation.zones.some((bounds) => bounds.zone === zone))).toEqual(
        [],
      );
      for (const { zone, minimum, maximum } of allocation.zones) {
        expect(counts[zone] ?? 0).toBeGreaterThanOrEqual(minimum);
        expect(counts[zone] ?? 0).toBeLessThanOrEqual(maximum);
      }
    },
  );
});
