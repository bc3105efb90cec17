import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { planService } from '../../../../src/hints/planService.js';
import type { Settings } from '../../../../src/hints/settings.js';
import type { Verdict } from '../../../../src/hints/verdict.js';
import { summariseCluster } from '../../../../src/model/cluster.js';
import type { EndpointManifest, EndpointSliceManifest } from '../../../../src/model/manifest.js';
import { readNode } from '../../../../src/model/node.js';
import { readSlice } from '../../../../src/model/slice.js';
import { syncInTree } from '../../../../src/sandbox/inTree/hints.js';
import { nodeManifest } from '../../../support/vectors.js';

const MANAGED_BY = 'endpointslice.kubernetes.io/managed-by';
const IN_TREE = 'endpointslice-controller.k8s.io';
const AUTO = { 'service.kubernetes.io/topology-mode': 'Auto' };
const ENABLED = 'Topology Aware Hints has been enabled';

const nodes = ['a', 'b'].map((zone) =>
  nodeManifest({ name: `n-${zone}`, labels: { 'topology.kubernetes.io/zone': zone }, cpu: '4', ready: 'True' }),
);

/** Endpoints by zone, as `aab`: two in a, one in b; a capital one names its node alone, `-` is not ready and in a. */
function slice(name: string, zones: string, managedBy = IN_TREE): EndpointSliceManifest {
  return {
    metadata: {
      namespace: 'ns',
      name,
      labels: { 'kubernetes.io/service-name': 'web', ...(managedBy === '' ? {} : { [MANAGED_BY]: managedBy }) },
    },
    addressType: 'IPv4',
    ports: [{ name: 'http', port: 80 }],
    endpoints: [...zones].map((letter, i): EndpointManifest => {
      const zone = letter === '-' ? 'a' : letter.toLowerCase();
      return {
        addresses: [`10.${name.charCodeAt(0)}.0.${i}`],
        conditions: { ready: letter !== '-' },
        nodeName: `n-${zone}`,
        ...(letter === letter.toUpperCase() && letter !== '-' ? {} : { zone }),
      };
    }),
  };
}

interface Case {
  readonly slices: readonly EndpointSliceManifest[];
  readonly annotations?: Record<string, string>;
  readonly settings?: Partial<Settings>;
}

function verdictOf({ slices, annotations = AUTO, settings = { guard: true } }: Case): Verdict {
  const service = { metadata: { namespace: 'ns', name: 'web', annotations }, spec: { clusterIP: '10.96.0.1' } };
  return planService({ service, slices, nodes, settings }).verdicts[0]!;
}

describe('the verdict of Auto beside the Events of Kubernetes', () => {
  test.each<[string, Case, string]>([
    ['both enable hints', { slices: [slice('x', 'aabb')] }, ENABLED],
    ['both enable them, without the guard', { slices: [slice('x', 'aabb')], settings: {} }, ENABLED],
    ['both give up', { slices: [slice('x', 'a--')] }, 'Insufficient number of endpoints (1 endpoints, 2 zones)'],
  ])('%s: Kubernetes records it, and slicehints does not', (_, input, sentence) => {
    expect(verdictOf(input)).toMatchObject({ recordedInTree: true, message: `${sentence}, addressType: IPv4` });
  });

  test.each<[string, Case, string]>([
    [
      'Kubernetes reads no zone but the own one of an endpoint',
      { slices: [slice('x', 'aAbb')] },
      `${ENABLED} (the EndpointSlice controller of Kubernetes records TopologyAwareHintsDisabled, but these hints stand)`,
    ],
    [
      'Balanced needs no minimum of endpoints',
      { slices: [slice('x', 'a')], settings: { guard: true, autoStrategy: 'balanced' } },
      'TopologyAwareHintsDisabled, but these hints stand)',
    ],
    [
      'slices of others count, too',
      { slices: [slice('x', 'a'), slice('y', 'bbb', '')] },
      `${ENABLED} (the EndpointSlice controller of Kubernetes records TopologyAwareHintsDisabled, but these hints stand)`,
    ],
    [
      'the slices of Kubernetes alone would do',
      { slices: [slice('x', 'ab'), slice('y', 'b', '')] },
      '(3 endpoints, 2 zones) (the EndpointSlice controller of Kubernetes records TopologyAwareHintsEnabled, but only for its own slices, and there are no hints)',
    ],
  ])('the two differ where %s: the Event tells which holds', (_, input, sentence) => {
    const { message, recordedInTree } = verdictOf(input);
    expect(message).toContain(sentence);
    expect(recordedInTree).toBeUndefined();
  });

  test.each<[string, Case]>([
    ['writes none of the slices', { slices: [slice('x', 'aabb', 'other')] }],
    ['is absent', { slices: [slice('x', 'aabb')], settings: { inTree: 'absent' } }],
    [
      'does not serve the Service by Auto',
      { slices: [slice('x', 'aabb')], annotations: { 'slicehints.io/mode': 'auto' } },
    ],
  ])('slicehints alone tells it where Kubernetes %s', (_, input) => {
    const { guard = true, ...settings } = input.settings ?? {};
    const { message, recordedInTree } = verdictOf({ ...input, settings: { guard, ...settings } });
    expect([message, recordedInTree]).toEqual([`${ENABLED}, addressType: IPv4`, undefined]);
  });

  test('for any endpoints exactly one of the two tells each thing, by the model of Kubernetes', () => {
    const cluster = summariseCluster(nodes.map(readNode));
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', 'A', 'B', '-'), maxLength: 8 });
    fc.assert(
      fc.property(letters, letters, fc.boolean(), (its, more, isBalanced) => {
        const own = slice('x', its);
        const settings = { guard: true, autoStrategy: isBalanced ? ('balanced' as const) : ('proportional' as const) };
        const ours = verdictOf({ slices: [own, slice('y', more, '')], settings });
        const { events } = syncInTree({
          mode: 'auto',
          shares: cluster.strictShares,
          addressType: 'IPv4',
          slices: [{ changed: true, endpoints: readSlice(own).endpoints }],
          populated: false,
        });
        expect(events).toHaveLength(1);
        const [theirs] = events;
        const isSame = theirs?.reason === ours.reason && theirs.message === ours.message;
        expect(ours.recordedInTree).toBe(isSame ? true : undefined);
        const differ = (theirs?.reason === 'TopologyAwareHintsEnabled') !== ours.hinted;
        expect(ours.message.includes(`of Kubernetes records ${theirs?.reason}`)).toBe(differ);
      }),
    );
  });
});
