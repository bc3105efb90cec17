import { expect, test } from 'vitest';
import fc from 'fast-check';
import { planService } from '../../../src/hints/planService.js';
import type { EndpointManifest, EndpointSliceManifest, NodeManifest } from '../../../src/model/manifest.js';

const ZONES = ['a', 'b', 'c', 'd', 'e', 'f'];
const NODES: readonly NodeManifest[] = ZONES.flatMap((zone, z) =>
  [0, 1].map((n) => ({
    metadata: { name: `n-${zone}-${n}`, labels: { 'topology.kubernetes.io/zone': zone } },
    status: { allocatable: { cpu: `${1 + 3 * z}` }, conditions: [{ type: 'Ready', status: 'True' }] },
  })),
);

interface Pod {
  readonly zone: number;
  readonly node: number;
  readonly ready: boolean;
  /** The slice leaves the zone to the node. */
  readonly bare: boolean;
}
const pod: fc.Arbitrary<Pod> = fc.record({
  zone: fc.nat({ max: ZONES.length - 1 }),
  node: fc.nat({ max: 1 }),
  ready: fc.oneof({ weight: 9, arbitrary: fc.constant(true) }, fc.constant(false)),
  bare: fc.oneof({ weight: 9, arbitrary: fc.constant(false) }, fc.constant(true)),
});
const cases = fc.record({
  zones: fc.integer({ min: 1, max: ZONES.length }),
  own: fc.array(pod, { minLength: 1, maxLength: 30 }),
  clients: fc.array(
    fc.record({ weight: fc.constantFrom(0.5, 1, 3), pods: fc.array(pod, { minLength: 1, maxLength: 40 }) }),
    { minLength: 1, maxLength: 3 },
  ),
});

const zoneOf = ({ zone }: Pod, zones: number): string => ZONES[zone % zones]!;
const nodeOf = (each: Pod, zones: number): string => `n-${zoneOf(each, zones)}-${each.node}`;

function sliceOf(service: string, number: number, pods: readonly Pod[], zones: number): EndpointSliceManifest {
  return {
    metadata: { namespace: 'shop', name: `${service}-1`, labels: { 'kubernetes.io/service-name': service } },
    addressType: 'IPv4',
    endpoints: pods.map((each, i): EndpointManifest => ({
      addresses: [`10.${number}.0.${i}`],
      conditions: { ready: each.ready },
      nodeName: nodeOf(each, zones),
      ...(each.bare ? {} : { zone: zoneOf(each, zones) }),
    })),
  };
}

test('a fresh plan keeps the limit under the stated demand, replayed client by client, and forecasts just that', () => {
  fc.assert(
    fc.property(cases, ({ zones, own, clients }) => {
      const plan = planService({
        service: {
          metadata: {
            namespace: 'shop',
            name: 'web',
            annotations: {
              'slicehints.io/mode': 'balanced',
              'slicehints.io/clients': clients.map(({ weight }, i) => `client-${i}=${weight}`).join(),
            },
          },
        },
        slices: [sliceOf('web', 0, own, zones)],
        nodes: NODES.slice(0, 2 * zones),
        clientSlices: clients.map(({ pods }, i) => sliceOf(`client-${i}`, i + 1, pods, zones)),
      });
      const callers = clients.flatMap(({ weight, pods }) =>
        pods.filter(({ ready }) => ready).map((p) => ({ ...p, weight })),
      );
      const endpoints = own.flatMap((each, i) => {
        const hinted = plan.slices[0]?.endpoints[i]?.hints?.forZones?.map(({ name }) => name) ?? [];
        return each.ready ? [{ zone: zoneOf(each, zones), hinted, load: 0 }] : [];
      });
      if (callers.length === 0 || endpoints.length === 0) return;
      expect(plan.demand[0]?.source).toBe('clients');
      let total = 0;
      let inZone = 0;
      for (const caller of callers) {
        const zone = zoneOf(caller, zones);
        const named = endpoints.every(({ hinted }) => hinted.length > 0)
          ? endpoints.filter(({ hinted }) => hinted.includes(zone))
          : [];
        const used = named.length > 0 ? named : endpoints;
        total += caller.weight;
        for (const endpoint of used) {
          endpoint.load += caller.weight / used.length;
          if (endpoint.zone === zone) inZone += caller.weight / used.length;
        }
      }
      const busiest = (Math.max(...endpoints.map(({ load }) => load)) / total) * endpoints.length;
      expect(busiest).toBeLessThanOrEqual(1.2 + 1e-9);
      expect(plan.forecast[0]?.worstLoad).toBeCloseTo(busiest, 9);
      expect(plan.forecast[0]?.inZoneShare).toBeCloseTo(inZone / total, 9);
      // Whoever calls from a zone without demand finds the endpoints of that zone first.
      for (const { zone } of endpoints) {
        if (callers.some((caller) => zoneOf(caller, zones) === zone)) continue;
        const there = endpoints.filter((endpoint) => endpoint.zone === zone);
        expect(there.every(({ hinted }) => hinted.includes(zone))).toBe(true);
      }
    }),
    { numRuns: 400 },
  );
});
