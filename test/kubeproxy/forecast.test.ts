import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { forecastTraffic } from '../../src/kubeproxy/forecast.js';
import { usableByRule } from '../../src/kubeproxy/rule.js';
import { summariseCluster } from '../../src/model/cluster.js';
import { NODE_CONSUMERS, type NodeRecord } from '../../src/model/node.js';
import { readService } from '../../src/model/service.js';
import { READS_ALL, readingOf, readsOf } from '../../src/kubeproxy/reading.js';
import type { EndpointRecord } from '../../src/model/slice.js';
import type { EndpointHints } from '../../src/model/hints.js';

interface Sample {
  readonly nodes: readonly NodeRecord[];
  readonly endpoints: readonly EndpointRecord[];
  readonly hints: readonly (EndpointHints | undefined)[];
}

const zones = ['a', 'b', 'c'];
const zone = fc.constantFrom(...zones);

function hintsOf(nodeNames: readonly string[]): fc.Arbitrary<EndpointHints | undefined> {
  const forZones = fc.uniqueArray(fc.constantFrom(...zones, 'gone'), { minLength: 1, maxLength: 3 });
  const forNodes = fc.uniqueArray(fc.constantFrom(...nodeNames, 'gone'), { minLength: 1, maxLength: 3 });
  return fc.constantFrom('zones', 'nodes', 'both', 'none').chain((kind) => {
    if (kind === 'none') return fc.constantFrom(undefined, {});
    return fc.record({
      ...(kind === 'nodes' ? {} : { forZones }),
      ...(kind === 'zones' ? {} : { forNodes }),
    });
  });
}

/** Clusters where all endpoints have hints for nodes, all for zones, or where they differ. */
const samples: fc.Arbitrary<Sample> = fc
  .tuple(
    fc.array(
      fc.record({
        zone,
        cpu: fc.integer({ min: 1, max: 9 }),
        ready: fc.boolean(),
        consumer: fc.constantFrom(...NODE_CONSUMERS),
      }),
      {
        minLength: 1,
        maxLength: 8,
      },
    ),
    fc.nat({ max: 9 }),
  )
  .chain(([places, count]) => {
    const nodes = places.map(({ zone: where, cpu, ready, consumer }, n): NodeRecord => {
      return { name: `n${n}`, zone: where, cpuNano: cpu * 1e9, ready, excluded: false, labels: {}, consumer };
    });
    const one = hintsOf(nodes.map(({ name }) => name));
    const endpoint = fc.record({
      zone: fc.constantFrom(...zones, '', 'gone'),
      ready: fc.oneof(
        { weight: 5, arbitrary: fc.constant(true) },
        { weight: 1, arbitrary: fc.constantFrom(false, undefined) },
      ),
      serving: fc.constantFrom(true, false),
      terminating: fc.boolean(),
    });
    const named = one.filter((hints) => (hints?.forNodes?.length ?? 0) > 0);
    return fc.record({
      nodes: fc.constant(nodes),
      list: fc.array(endpoint, { minLength: count, maxLength: count }),
      hints: fc.oneof(
        fc.array(one, { minLength: count, maxLength: count }),
        fc.array(named, { minLength: count, maxLength: count }),
        // Few objects that many endpoints share.
        fc.tuple(one, one).chain((two) => fc.array(fc.constantFrom(...two), { minLength: count, maxLength: count })),
      ),
    });
  })
  .map(({ nodes, list, hints }) => ({
    nodes,
    endpoints: list.map((each, i): EndpointRecord => {
      const address = `10.0.0.${i}`;
      return { ...each, address, addresses: undefined, nodeName: '', hints: undefined };
    }),
    hints,
  }));

/** Every node by itself sends its part of the CPU evenly over what kube-proxy there would use. */
function replay({ nodes, endpoints, hints }: Sample, reading = READS_ALL): { inZoneShare: number; worstLoad: number } {
  const counted = nodes.filter(({ ready }) => ready);
  const total = counted.reduce((sum, { cpuNano }) => sum + cpuNano, 0);
  const loads = endpoints.map(() => 0);
  let inZoneShare = 0;
  let consumed = 0;
  for (const node of counted) {
    const used = usableByRule(endpoints, hints, node, readsOf(reading, node));
    consumed = usableByRule(
      endpoints,
      endpoints.map(() => undefined),
      node,
    ).length;
    for (const i of used) {
      loads[i]! += node.cpuNano / total / used.length;
      if (endpoints[i]!.zone === node.zone) inZoneShare += node.cpuNano / total / used.length;
    }
  }
  return { inZoneShare, worstLoad: Math.max(0, ...loads) * consumed };
}

describe('forecastTraffic', () => {
  test('says what the nodes do one by one, whatever the hints', () => {
    fc.assert(
      fc.property(samples, (sample) => {
        fc.pre(sample.nodes.some(({ ready }) => ready));
        // Hints say nothing about endpoints that terminate; the forecast leaves those to the proxies' own rule.
        fc.pre(sample.endpoints.some(({ ready }) => ready !== false));
        const { endpoints, hints, nodes } = sample;
        const cluster = summariseCluster(nodes);
        const forecast = forecastTraffic(endpoints, hints, cluster, cluster.demand);
        const felt = replay(sample);
        expect(forecast.inZoneShare).toBeCloseTo(felt.inZoneShare, 9);
        expect(forecast.worstLoad).toBeCloseTo(felt.worstLoad, 9);
        let sum = 0;
        for (const { share, inZoneShare } of forecast.byZone) sum += share * inZoneShare;
        expect(sum).toBeCloseTo(forecast.inZoneShare, 9);
      }),
      { numRuns: 600 },
    );
  });

  test('counts a zone with a trillionth of the CPU where endpoints name nodes', () => {
    const cluster = summariseCluster(
      [
        ['n1', 'a', 1e27],
        ['n2', 'b', 1e14],
      ].map(([name, where, cpuNano]): NodeRecord => {
        return {
          name: `${name}`,
          zone: `${where}`,
          cpuNano: Number(cpuNano),
          ready: true,
          excluded: false,
          labels: {},
        };
      }),
    );
    const endpoint = { address: '10.0.0.1', addresses: undefined, zone: 'a', nodeName: 'n1', hints: undefined };
    const endpoints = [{ ...endpoint, ready: true, serving: true, terminating: false }];
    const { byZone } = forecastTraffic(endpoints, [{ forNodes: ['n1'] }], cluster, cluster.demand);
    expect(byZone.map(({ zone: name, usableEndpoints }) => [name, usableEndpoints])).toEqual([
      ['a', 1],
      ['b', 1],
    ]);
  });

  test('of nodes that heed different hints is what they do one by one, too', () => {
    const overrides = fc.option(fc.constantFrom(...NODE_CONSUMERS), { nil: undefined });
    const annotations = fc.constantFrom({}, { 'service.kubernetes.io/topology-mode': 'Auto' });
    fc.assert(
      fc.property(samples, overrides, annotations, (sample, override, annotated) => {
        fc.pre(sample.nodes.some(({ ready }) => ready));
        const { endpoints, hints, nodes } = sample;
        const cluster = summariseCluster(nodes);
        const reading = readingOf(readService({ metadata: { annotations: annotated } }), cluster.consumers, override);
        const forecast = forecastTraffic(endpoints, hints, cluster, cluster.demand, reading);
        const felt = replay(sample, reading);
        expect(forecast.inZoneShare).toBeCloseTo(felt.inZoneShare, 9);
        expect(forecast.worstLoad).toBeCloseTo(felt.worstLoad, 9);
        let sum = 0;
        for (const { share, inZoneShare } of forecast.byZone) sum += share * inZoneShare;
        expect(sum).toBeCloseTo(forecast.inZoneShare, 9);
      }),
      { numRuns: 600 },
    );
  });

  test('node by node and by zones are the same where all nodes read alike', () => {
    fc.assert(
      fc.property(samples, fc.constantFrom('all', 'zones', 'none'), ({ nodes, endpoints, hints }, reads) => {
        const cluster = summariseCluster(nodes);
        const args = [endpoints, hints, cluster, cluster.demand] as const;
        const byZones = forecastTraffic(...args, { uniform: reads, byConsumer: new Map() });
        const byNodes = forecastTraffic(...args, {
          uniform: undefined,
          byConsumer: new Map(NODE_CONSUMERS.map((consumer) => [consumer, reads])),
        });
        expect(byNodes.inZoneShare).toBeCloseTo(byZones.inZoneShare, 9);
        expect(byNodes.worstLoad).toBeCloseTo(byZones.worstLoad, 9);
        byZones.byZone.forEach((zone, z) => {
          expect(byNodes.byZone[z]).toMatchObject({ zone: zone.zone, share: zone.share });
          expect(byNodes.byZone[z]!.usableEndpoints).toBeCloseTo(zone.usableEndpoints, 9);
        });
      }),
      { numRuns: 300 },
    );
  });

  test('equal hints in one object or in many say the same', () => {
    fc.assert(
      fc.property(samples, ({ nodes, endpoints, hints }) => {
        const cluster = summariseCluster(nodes);
        const apart = hints.map((each) => (each === undefined ? undefined : { ...each }));
        const shared = forecastTraffic(endpoints, hints, cluster, cluster.demand);
        const own = forecastTraffic(endpoints, apart, cluster, cluster.demand);
        expect(own.inZoneShare).toBeCloseTo(shared.inZoneShare, 12);
        expect(own.worstLoad).toBeCloseTo(shared.worstLoad, 12);
      }),
      { numRuns: 100 },
    );
  });
});
