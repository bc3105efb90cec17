import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { planService, usableEndpoints, type ServicePlan } from '../../src/index.js';
import type { EndpointSliceManifest } from '../../src/model/manifest.js';
import { writePlan } from '../support/arbitraryCluster.js';
import { nodeManifest, sliceManifest } from '../support/vectors.js';

const ZONE = 'topology.kubernetes.io/zone';
const HOST = 'kubernetes.io/hostname';
const SAME_NODE = { 'slicehints.io/mode': 'same-node' };
const DROPPED = { nodeHints: 'dropped' } as const;

const nodes = ['a', 'a', 'b', 'c'].map((zone, i) =>
  nodeManifest({ name: `n${i}`, labels: { [ZONE]: zone, [HOST]: `n${i}` }, cpu: '4', ready: 'True' }),
);
const place = (i: number) => ({ address: `10.0.0.${i}`, node: `n${i}`, zone: 'aabc'[i]!, ready: true });

function planned(annotations: Record<string, string>, slices: readonly EndpointSliceManifest[]): ServicePlan {
  const service = { metadata: { name: 'svc', namespace: 'default', annotations } };
  return planService({ service, nodes, slices, settings: DROPPED });
}
const sliceOn = (...places: number[]): EndpointSliceManifest =>
  sliceManifest({ name: 's0', endpoints: places.map(place) });
const told = ({ verdicts }: ServicePlan): string =>
  verdicts.map(({ reason, message }) => `${reason}: ${message}`).join();
const hintsOf = ({ slices }: ServicePlan): unknown[] =>
  slices.flatMap(({ endpoints }) =>
    endpoints.map(({ hints }) => hints?.forZones?.map(({ name }) => name).join() ?? '-'),
  );

describe('plans for an API server that does not store node hints', () => {
  test('same-node: zone hints, and a Warning that tells why', () => {
    const plan = planned(SAME_NODE, [sliceOn(0, 1, 2)]);
    expect(hintsOf(plan)).toEqual(['a', 'a', 'b']);
    expect(plan.verdicts[0]).toMatchObject({ type: 'Warning', hinted: true });
    expect(told(plan)).toBe(
      'NodeHintsNotStored: This API server does not store node hints (Kubernetes before 1.34), so that zone hints are set instead; 3 ready endpoints: 3 nodes use only what is in the same zone, 1 node uses endpoints elsewhere (nodes of zone c), addressType: IPv4',
    );
  });

  test.each<[string, string, string[], RegExp]>([
    ['the own node: a zone of several nodes is not exact', `${HOST},*`, ['a', 'a', 'b', '-'], /^TopologyKeysLeaking: .*; by zone hints only, as this API server stores no node hints/], // prettier-ignore
    ['the zone: zone hints are exact', `${ZONE},*`, ['a', 'a', 'b', '-'], /^TopologyKeysExact: All 4 nodes use exactly/], // prettier-ignore
  ])('topology-keys, %s', (_, keys, expected, message) => {
    const plan = planned({ 'slicehints.io/topology-keys': keys }, [sliceOn(0, 1, 2)]);
    expect(told(plan)).toMatch(message);
    expect(hintsOf(plan).slice(0, 3)).toEqual(expected.slice(0, 3));
  });

  test('strict topology-keys that need node hints: no hints', () => {
    const annotations = { 'slicehints.io/topology-keys': `${HOST},*`, 'slicehints.io/topology-keys-strict': 'true' };
    const plan = planned(annotations, [sliceOn(0, 1, 2)]);
    expect(told(plan)).toMatch(/^TopologyKeysNotExact: /);
    expect(plan.patches).toEqual([]);
  });

  test('no patch has node hints, a promise of exactness is kept, and the plan settles', () => {
    const keys = fc.constantFrom(`${HOST},*`, `${HOST}`, `${HOST},${ZONE},*`, `${ZONE}`, `!${HOST},*`);
    const annotations = fc.oneof(fc.constant(SAME_NODE), keys.map((value) => ({ 'slicehints.io/topology-keys': value }))); // prettier-ignore
    const endpoints = fc.array(fc.record({ at: fc.nat(3), ready: fc.boolean() }), { minLength: 1, maxLength: 9 });
    fc.assert(
      fc.property(annotations, endpoints, (asked, list) => {
        const slice = sliceManifest({
          name: 's0',
          endpoints: list.map(({ at, ready }, i) => ({ ...place(at), address: `10.0.1.${i}`, ready })),
        });
        const plan = planned(asked, [slice]);
        expect(JSON.stringify(plan.patches)).not.toContain('forNodes');
        const after = writePlan([slice], plan);
        expect(planned(asked, after).patches).toEqual([]);
        if (plan.verdicts[0]?.reason !== 'TopologyKeysExact') return;
        if (asked !== SAME_NODE && JSON.stringify(asked).includes(`"${HOST},*"`)) {
          for (const node of nodes) {
            const used = usableEndpoints({ slices: after, node });
            const ready = slice.endpoints!.filter(({ conditions }) => conditions?.ready !== false);
            const own = ready.filter(({ nodeName }) => nodeName === node.metadata?.name);
            expect(used).toEqual((own.length > 0 ? own : ready).map(({ addresses }) => addresses?.[0]));
          }
        }
      }),
    );
  });
});
