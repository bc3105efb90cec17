import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { forecastTraffic } from '../../../../src/kubeproxy/forecast.js';
import { readingOf, withoutNodeHints, READS_ALL, type Reading } from '../../../../src/kubeproxy/reading.js';
import { NODE_HINTS_ANNOTATION } from '../../../../src/hints/annotations.js';
import { DEFAULT_SETTINGS, type Settings } from '../../../../src/hints/settings.js';
import { balanced } from '../../../../src/hints/strategies/balanced/strategy.js';
import type { Decision } from '../../../../src/hints/strategy.js';
import { summariseCluster } from '../../../../src/model/cluster.js';
import { demandOf, type Demand } from '../../../../src/model/demand.js';
import type { EndpointHints } from '../../../../src/model/hints.js';
import { readNode, ZONE_LABEL, type NodeConsumer, type NodeRecord } from '../../../../src/model/node.js';
import { isReady } from '../../../../src/model/readiness.js';
import { readService } from '../../../../src/model/service.js';
import { readSlice, type EndpointRecord } from '../../../../src/model/slice.js';
import { inZoneText } from '../../../../src/cli/plan/planTable.js';
import { indexClients } from '../../../../src/hints/demand/clientIndex.js';
import { currentForecast } from '../../../../src/hints/forecast.js';
import { planService, type ServicePlan } from '../../../../src/hints/planService.js';
import { writePlan } from '../../../support/arbitraryCluster.js';
import { autoService, nodeManifest, sliceManifest } from '../../../support/vectors.js';
import { strategyInput } from '../../../support/strategyInput.js';

const PLACEHOLDER = 'placeholder.invalid';

function node(name: string, zone: string, cpu: number, consumer?: NodeConsumer): NodeRecord {
  return { name, zone, cpuNano: cpu * 1e9, ready: true, excluded: false, labels: { [ZONE_LABEL]: zone }, consumer };
}

function endpoint(address: string, zone: string, more: Partial<EndpointRecord> = {}): EndpointRecord {
  return {
    address,
    addresses: undefined,
    zone,
    nodeName: '',
    ready: true,
    serving: undefined,
    terminating: undefined,
    hints: undefined,
    ...more,
  };
}

interface Sample {
  readonly nodes: readonly NodeRecord[];
  readonly endpoints: readonly EndpointRecord[];
  readonly asked?: string | undefined;
  readonly settings?: Partial<Settings>;
  readonly demand?: Demand;
  readonly settling?: boolean;
}

function service(asked: string | undefined): ReturnType<typeof readService> {
  const annotations = {
    'service.kubernetes.io/topology-mode': 'slicehints.io/balanced',
    ...(asked === undefined ? {} : { [NODE_HINTS_ANNOTATION]: asked }),
  };
  return readService({ metadata: { namespace: 'shop', name: 'web', annotations } });
}

function decide({
  nodes,
  endpoints,
  settings = {},
  demand,
  settling,
  ...more
}: Sample): Decision & { reading: Reading } {
  const cluster = summariseCluster(nodes);
  const record = service('asked' in more ? more.asked : 'true');
  const all = { ...DEFAULT_SETTINGS, ...settings };
  const read = readingOf(record, cluster.consumers);
  const reading = all.nodeHints === 'stored' ? read : withoutNodeHints(read);
  const parts = { endpoints, cluster, service: record, reading, settings: all, settling };
  return { ...balanced.decide(strategyInput(demand === undefined ? parts : { ...parts, demand })), reading };
}

function withHints(endpoints: readonly EndpointRecord[], hints: Decision['hints']): EndpointRecord[] {
  return endpoints.map((one, i) => ({ ...one, hints: hints[i] }));
}

function named(hints: Decision['hints']): string[] {
  const names = hints.flatMap((hint) => hint?.forNodes ?? []).filter((name) => name !== PLACEHOLDER);
  return [...new Set(names)].sort();
}

const figures = (
  { nodes, endpoints, demand }: Sample,
  hints: Decision['hints'],
  reading: Reading,
): { inZoneShare: number; worstLoad: number } => {
  const cluster = summariseCluster(nodes);
  return forecastTraffic(endpoints, hints, cluster, demand ?? cluster.demand, reading);
};

/** Each endpoint may carry 0.24 of the traffic, and each zone sends a third. */
const FIVE: Sample = {
  nodes: ['a-1', 'a-2', 'b-1', 'b-2', 'c-1', 'c-2'].map((name) => node(name, name.slice(0, 1), 4)),
  endpoints: ['a', 'a', 'b', 'b', 'c'].map((zone, i) => endpoint(`10.0.0.${i + 1}`, zone)),
};

const CONSUMERS = ['kube-proxy', 'kube-proxy', 'kube-proxy-1.33', 'kube-proxy-windows', 'cilium'] as const;

const samples = (consumers: readonly NodeConsumer[]): fc.Arbitrary<Sample> =>
  fc
    .record({
      zones: fc.integer({ min: 1, max: 4 }),
      nodes: fc.array(
        fc.record({
          zone: fc.nat(3),
          cpu: fc.constantFrom(0.5, 1.5, 2, 4, 4, 4, 8, 96),
          by: fc.constantFrom(...consumers),
        }),
        { minLength: 1, maxLength: 14 },
      ),
      endpoints: fc.array(
        fc.record({ zone: fc.nat(3), ready: fc.constantFrom(true, true, true, true, false), terminates: fc.nat(9) }),
        { maxLength: 16 },
      ),
      clients: fc.option(fc.array(fc.nat(13), { minLength: 1, maxLength: 20 })),
    })
    .map(({ zones, nodes, endpoints, clients }) => {
      const zoneOf = (z: number): string => 'abcd'[z % zones]!;
      const records = nodes.map(({ zone, cpu, by }, i) =>
        node(`n${String(i).padStart(2, '0')}`, zoneOf(zone), cpu, by),
      );
      const sample = {
        nodes: records,
        endpoints: endpoints.map(({ zone, ready, terminates }, i) =>
          endpoint(`10.0.${i % 3}.${i}`, zoneOf(zone), { ready, terminating: !ready && terminates === 0 }),
        ),
      };
      return clients === null ? sample : { ...sample, demand: demandOfClients(records, clients) };
    });

function demandOfClients(nodes: readonly NodeRecord[], clients: readonly number[]): Demand {
  const byNode = new Map<string, number>();
  const byZone = new Map(nodes.map(({ zone }) => [zone, 0]));
  for (const client of clients) {
    const { name, zone } = nodes[client % nodes.length]!;
    byNode.set(name, (byNode.get(name) ?? 0) + 1 / clients.length);
    byZone.set(zone, byZone.get(zone)! + 1 / clients.length);
  }
  const zones = [...byZone].sort(([a], [b]) => (a < b ? -1 : 1)).map(([zone, share]) => ({ zone, share }));
  return demandOf('clients', zones, 'clients', (name) => byNode.get(name) ?? 0);
}

const LIMIT = 1 + DEFAULT_SETTINGS.overloadThreshold + 1e-9;

describe('whatever the cluster, names of nodes', () => {
  test('keep every endpoint within the limit where all nodes heed them, where none does, and beside zone hints', () => {
    fc.assert(
      fc.property(samples(['kube-proxy']), (sample) => {
        const { hints, reading } = decide(sample);
        if (!sample.endpoints.some(isReady)) return;
        const both = figures(sample, hints, reading);
        const zones = figures(sample, hints, withoutNodeHints(reading));
        expect(both.worstLoad).toBeLessThanOrEqual(LIMIT);
        expect(zones.worstLoad).toBeLessThanOrEqual(LIMIT);
        expect(both.inZoneShare).toBeGreaterThanOrEqual(zones.inZoneShare - 1e-9);
        if (named(hints).length > 0) expect(both.inZoneShare).toBeGreaterThan(zones.inZoneShare + 0.004);
      }),
      { numRuns: 400 },
    );
  });

  test('load no endpoint more than the limit or zone hints do, whatever reads them on the nodes', () => {
    fc.assert(
      fc.property(samples(CONSUMERS), (sample) => {
        const { hints, reading } = decide(sample);
        if (!sample.endpoints.some(isReady)) return;
        for (const reads of [reading, READS_ALL]) {
          const zones = figures(sample, hints, withoutNodeHints(reads));
          const both = figures(sample, hints, reads);
          expect(both.worstLoad).toBeLessThanOrEqual(Math.max(LIMIT, zones.worstLoad + 1e-9));
          expect(both.inZoneShare).toBeGreaterThanOrEqual(zones.inZoneShare - 1e-9);
        }
        const heeding = sample.nodes.filter(({ consumer }) => consumer === 'kube-proxy').map(({ name }) => name);
        expect(heeding).toEqual(expect.arrayContaining(named(hints)));
      }),
      { numRuns: 400 },
    );
  });

  test('are on every endpoint or on none, at most 8, sorted, beside the zone hints of Balanced', () => {
    fc.assert(
      fc.property(samples(CONSUMERS), (sample) => {
        const { hints } = decide(sample);
        const without = decide({ ...sample, asked: 'false' }).hints;
        expect(hints.map((hint) => hint?.forZones)).toEqual(without.map((hint) => hint?.forZones));
        const lists = hints.map((hint) => hint?.forNodes ?? []);
        const some = lists.some((list) => list.length > 0);
        for (const list of lists) {
          expect(list.length > 0).toBe(some);
          expect(list.length).toBeLessThanOrEqual(8);
          expect([...new Set(list)].sort()).toEqual(list);
        }
      }),
      { numRuns: 200 },
    );
  });

  test('are handed to the forecast, which gives the same to the last bit as where it looks them up', () => {
    let handed = 0;
    const check = (sample: Sample): Decision => {
      const decision = decide(sample);
      const { hints, reading, named: looked } = decision;
      const cluster = summariseCluster(sample.nodes);
      const args = [sample.endpoints, hints, cluster, sample.demand ?? cluster.demand, reading] as const;
      if (looked !== undefined) handed++;
      expect(forecastTraffic(...args, looked)).toEqual(forecastTraffic(...args));
      return decision;
    };
    fc.assert(
      fc.property(samples(['kube-proxy']), fc.nat(15), fc.nat(13), (sample, i, v) => {
        const first = check(sample);
        const endpoints = withHints(sample.endpoints, first.hints);
        check({ ...sample, endpoints });
        check({ ...sample, endpoints: endpoints.map((one, k) => (k === i ? { ...one, hints: undefined } : one)) });
        check({
          ...sample,
          endpoints,
          nodes: sample.nodes.map((one, k) => (k === v ? { ...one, ready: false } : one)),
        });
      }),
      { numRuns: 200 },
    );
    expect(handed).toBeGreaterThan(50);
  });

  test('are looked up anew for endpoints on nodes that are being deleted, which the plan does not rely on', () => {
    const [first, ...others] = FIVE.endpoints;
    const nodes = [...FIVE.nodes, { ...node('a-9', 'a', 0), leaving: true }];
    const sample = { nodes, endpoints: [{ ...first!, nodeName: 'a-9' }, ...others, endpoint('10.0.0.9', 'a')] };
    const { hints, named: looked } = decide(sample);
    expect([named(hints).length > 0, looked]).toEqual([true, undefined]);
  });

  test('stay when they are planned again, and are the same for endpoints and nodes in any order', () => {
    fc.assert(
      fc.property(samples(CONSUMERS), (sample) => {
        const { hints, verdict } = decide(sample);
        const again = decide({ ...sample, endpoints: withHints(sample.endpoints, hints) });
        again.hints.forEach((hint, i) => expect(hint).toBe(hints[i]));
        expect(again.verdict).toEqual(verdict);
        const turned = decide({
          ...sample,
          nodes: [...sample.nodes].reverse(),
          endpoints: [...sample.endpoints].reverse(),
        });
        expect([...turned.hints].reverse()).toEqual(hints);
      }),
      { numRuns: 200 },
    );
  });
});

/** All non-empty subsets of the endpoints for every node: the most traffic in zone within the limit. */
function optimum({ nodes, endpoints }: Sample): number {
  const total = nodes.reduce((sum, { cpuNano }) => sum + cpuNano, 0);
  const limit = LIMIT / endpoints.length;
  // Nodes of most traffic first, so that branches end early.
  const order = [...nodes].sort((a, b) => b.cpuNano - a.cpuNano);
  const sets = Array.from({ length: (1 << endpoints.length) - 1 }, (_, set) =>
    endpoints.map((_one, e) => e).filter((e) => (((set + 1) >> e) & 1) === 1),
  );
  const choices = order.map(({ zone, cpuNano }) =>
    sets
      .map((members) => ({
        members,
        piece: cpuNano / total / members.length,
        local: members.filter((e) => endpoints[e]!.zone === zone).length / members.length,
      }))
      .sort((a, b) => b.local - a.local),
  );
  const load = endpoints.map(() => 0);
  let best = 0;
  /** What is in zone at most: every zone has no more to send than its other nodes do, and no more room than is left. */
  const most = (from: number, inZone: number): number =>
    ['a', 'b', 'c'].reduce((sum, zone) => {
      const sent = order.slice(from).reduce((all, one) => all + (one.zone === zone ? one.cpuNano / total : 0), 0);
      const room = load.reduce((all, one, e) => all + (endpoints[e]!.zone === zone ? limit - one : 0), 0);
      return sum + Math.min(sent, room);
    }, inZone);
  const go = (i: number, inZone: number): void => {
    if (i === order.length) best = Math.max(best, inZone);
    if (i === order.length || most(i, inZone) <= best + 1e-9) return;
    for (const { members, piece, local } of choices[i]!) {
      if (members.some((e) => load[e]! + piece > limit)) continue;
      for (const e of members) load[e]! += piece;
      go(i + 1, inZone + piece * members.length * local);
      for (const e of members) load[e]! -= piece;
    }
  };
  go(0, 0);
  return best;
}

describe('quality', () => {
  test('beside exhaustive search (3 zones, 6 nodes, 4 endpoints) at least 0.99 of the optimum on average', () => {
    let sum = 0;
    let worst = 1;
    let count = 0;
    for (let seed = 1; seed <= 60; seed++) {
      let state = seed * 7919;
      const below = (most: number): number => {
        state = (Math.imul(state, 1103515245) + 12345) >>> 0;
        return (state >>> 16) % most;
      };
      const sample = {
        nodes: Array.from({ length: 6 }, (_, i) =>
          node(`n${i}`, 'abc'[i < 3 ? i : below(3)]!, [2, 4, 4, 8, 16][below(5)]!),
        ),
        endpoints: Array.from({ length: 4 }, (_, i) => endpoint(`10.0.0.${i}`, 'abc'[below(3)]!)),
      };
      const most = optimum(sample);
      if (most === 0) continue;
      const { hints } = decide(sample);
      const ratio = figures(sample, hints, READS_ALL).inZoneShare / most;
      expect(ratio).toBeLessThanOrEqual(1 + 1e-9);
      sum += ratio;
      count++;
      worst = Math.min(worst, ratio);
    }
    expect(count).toBeGreaterThan(50);
    expect(sum / count).toBeGreaterThanOrEqual(0.99);
    expect(worst).toBeGreaterThanOrEqual(0.8);
  });
});

const hinted = (forZones: readonly string[], forNodes: readonly string[]): EndpointHints => ({ forZones, forNodes });

describe('which nodes are named', () => {
  test('the verdict shows both layers', () => {
    const { hints, verdict } = decide(FIVE);
    const zones = figures(FIVE, hints, withoutNodeHints(READS_ALL));
    const both = figures(FIVE, hints, READS_ALL);
    expect(named(hints).length).toBeGreaterThan(0);
    expect(verdict.message).toBe(
      `Balanced hints set: ${Math.round(zones.inZoneShare * 100)}% in zone, ${Math.round(both.inZoneShare * 100)}% with node hints, busiest endpoint ${both.worstLoad.toFixed(2)}x, 5 endpoints, 3 zones, demand: cpu, addressType: IPv4`,
    );
  });

  test.each([
    ['2.5 % of the traffic', 6, 3, true],
    ['1.7 %', 14, 9, false],
  ])('where names may bring home %s', (_, inA, inB, some) => {
    const nodes = ['a-1', 'a-2', 'a-3', 'b-1', 'b-2', 'b-3'].map((name) => node(name, name.slice(0, 1), 4));
    const endpoints = [...'a'.repeat(inA), ...'b'.repeat(inB)].map((zone, i) => endpoint(`10.0.0.${i + 1}`, zone));
    expect(named(decide({ nodes, endpoints }).hints).length > 0).toBe(some);
  });

  test.each<[string, Partial<Sample>, boolean]>([
    ['by default none', { asked: undefined }, false],
    ['with the annotation "false" none', { asked: 'false', settings: { useNodeHints: true } }, false],
    ['with the setting true some', { asked: undefined, settings: { useNodeHints: true } }, true],
    ['with auto some', { asked: undefined, settings: { useNodeHints: 'auto' } }, true],
    [
      'with auto and more nodes than the most none',
      { asked: undefined, settings: { useNodeHints: 'auto', nodeHintsMaxNodes: 5 } },
      false,
    ],
    [
      'with auto and an older kubelet none',
      {
        asked: undefined,
        settings: { useNodeHints: 'auto' },
        nodes: [...FIVE.nodes, node('b-9', 'b', 1, 'kube-proxy-1.33')],
      },
      false,
    ],
    ['with the annotation and an older kubelet some', { nodes: [...FIVE.nodes, node('b-9', 'b', 1, 'cilium')] }, true],
    [
      'with auto and an API server that drops them none',
      { asked: undefined, settings: { useNodeHints: 'auto', nodeHints: 'dropped' } },
      false,
    ],
    ['where no node heeds them none', { nodes: FIVE.nodes.map((one) => ({ ...one, consumer: 'cilium' })) }, false],
    [
      'where every zone can serve itself none',
      { endpoints: ['a', 'a', 'b', 'b', 'c', 'c'].map((zone, i) => endpoint(`10.0.0.${i}`, zone)) },
      false,
    ],
  ])('%s', (_, parts, some) => {
    expect(named(decide({ ...FIVE, ...parts }).hints).length > 0).toBe(some);
  });

  test.each<[string, Partial<Sample>, string]>([
    [
      'true where they are dropped',
      { settings: { nodeHints: 'dropped' } },
      'Annotation slicehints.io/node-hints has no effect: this API server does not store node hints (Kubernetes before 1.34), so that zone hints alone are set, addressType: IPv4',
    ],
    [
      'another word',
      { asked: 'yes' },
      'Annotation slicehints.io/node-hints must be true or false but is "yes", so the setting false is used until it is corrected, addressType: IPv4',
    ],
  ])('the annotation gives a Warning: %s', (_, parts, message) => {
    const { warnings = [] } = decide({ ...FIVE, ...parts });
    expect(warnings.map((warning) => warning.message)).toEqual([message]);
  });

  test('a word that is not understood takes no names away', () => {
    const { hints } = decide(FIVE);
    const again = decide({ ...FIVE, asked: 'ja', endpoints: withHints(FIVE.endpoints, hints) });
    again.hints.forEach((hint, i) => expect(hint).toBe(hints[i]));
    expect(again.warnings?.[0]?.message).toContain('so node hints stay until it is corrected');
  });

  test('with auto, names that stand are kept when a few nodes more than the most come, or one with an older kubelet', () => {
    const settings = { useNodeHints: 'auto', nodeHintsMaxNodes: 6 } as const;
    const sample = { ...FIVE, asked: undefined, settings };
    const { hints } = decide(sample);
    const more = [...FIVE.nodes, node('d-1', 'c', 0.01, 'kube-proxy-1.33')];
    const stands = { ...sample, endpoints: withHints(FIVE.endpoints, hints) };
    expect(named(decide({ ...stands, nodes: more }).hints)).toEqual(named(hints));
    expect(named(decide({ ...stands, settings: { ...settings, nodeHintsMaxNodes: 4 } }).hints)).toEqual([]);
  });
});

describe('the forecast of a plan', () => {
  const nodes = FIVE.nodes.map(({ name, zone }) =>
    nodeManifest({ name, labels: { [ZONE_LABEL]: zone }, cpu: '4', ready: 'True' }),
  );
  const slice = sliceManifest({
    name: 's0',
    endpoints: FIVE.endpoints.map(({ address, zone }) => ({ address, zone, node: '', ready: true })),
  });
  const asking = (value: string): ServicePlan =>
    planService({
      service: autoService({
        'service.kubernetes.io/topology-mode': 'slicehints.io/balanced',
        [NODE_HINTS_ANNOTATION]: value,
      }),
      slices: [slice],
      nodes,
    });

  test('has the figures with node hints, and beside them those of nodes that heed zone hints only', () => {
    const [bare] = asking('false').forecast;
    const [forecast] = asking('true').forecast;
    expect(bare).not.toHaveProperty('withoutNodeHints');
    expect(forecast?.withoutNodeHints).toEqual({ inZoneShare: bare?.inZoneShare, worstLoad: bare?.worstLoad });
    expect(forecast!.inZoneShare).toBeGreaterThan(bare!.inZoneShare + 0.004);
    expect(inZoneText(forecast!)).toMatch(/^\d+(\.\d)?%, \d+(\.\d)?% with node hints$/);
  });

  test('is the same for the slices once they are written', () => {
    const plan = asking('true');
    const written = writePlan([slice], plan).map(readSlice);
    const cluster = summariseCluster(nodes.map(readNode));
    const now = currentForecast({
      service: service('true'),
      slices: written,
      cluster,
      settings: DEFAULT_SETTINGS,
      clients: indexClients(written, (_, own) => own),
    });
    expect(now).toEqual(plan.forecast);
  });
});

describe('what stands', () => {
  const { hints } = decide(FIVE);
  const standing = withHints(FIVE.endpoints, hints);
  const first = named(hints)[0]!;

  test('a named node that leaves costs no write while the limit holds', () => {
    const nodes = FIVE.nodes.filter(({ name }) => name !== first);
    const loose = { useNodeHints: true, overloadHold: 1, rebalanceGain: 0.3 };
    const after = decide({ nodes, endpoints: standing, settings: loose });
    after.hints.forEach((hint, i) => expect(hint).toBe(hints[i]));
  });

  test('a pod that replaces one of its zone takes over its names', () => {
    const gone = standing.findIndex((one) => one.hints?.forNodes?.includes(first));
    const leaving = standing.map((one, i) => (i === gone ? { ...one, ready: false, terminating: true } : one));
    const endpoints = [...leaving, endpoint('10.0.0.9', standing[gone]!.zone)];
    const settings = { overloadHold: 1, rebalanceGain: 0.3 };
    const after = decide({ ...FIVE, endpoints, settings }).hints;
    expect(after[5]?.forNodes).toEqual(standing[gone]!.hints?.forNodes);
    standing.forEach((one, i) => expect(after[i]?.forNodes).toEqual(one.hints?.forNodes));
  });

  test('a pod that is not ready yet takes them over before the old one terminates', () => {
    const endpoints = [...standing, endpoint('10.0.0.9', 'c', { ready: false })];
    const after = decide({ ...FIVE, endpoints }).hints;
    expect(after[5]?.forNodes).not.toEqual([PLACEHOLDER]);
    const own = standing.filter(({ zone }) => zone === 'c').map((one) => one.hints?.forNodes);
    expect(own).toContainEqual(after[5]?.forNodes);
    standing.forEach((one, i) => expect(after[i]).toBe(one.hints));
  });

  test('while no endpoint is ready names stay, and an endpoint without any gets the placeholder', () => {
    const endpoints = [...standing, endpoint('10.0.0.9', 'b')].map((one) => ({ ...one, ready: false }));
    const after = decide({ ...FIVE, endpoints }).hints;
    standing.forEach((one, i) => expect(after[i]).toBe(one.hints));
    expect(after[5]).toEqual(hinted(['b'], [PLACEHOLDER]));
  });

  test('a rolling update leaves nodes named as they were, and pods that stay keep their names at each step', () => {
    const sample = { ...FIVE, settings: { overloadHold: 1, rebalanceGain: 0.3 } };
    let pods: readonly EndpointRecord[] = standing;
    const settle = (next: readonly EndpointRecord[]): void => {
      const after = decide({ ...sample, endpoints: next }).hints;
      next.forEach(({ hints: before }, i) => {
        if (before !== undefined) expect(after[i]?.forNodes).toEqual(before.forNodes);
      });
      pods = withHints(next, after);
    };
    FIVE.endpoints.forEach(({ address, zone }, i) => {
      const change = (of: string, to: Partial<EndpointRecord>): readonly EndpointRecord[] =>
        pods.map((pod) => (pod.address === of ? { ...pod, ...to } : pod));
      settle([...pods, endpoint(`10.0.1.${i}`, zone, { ready: false })]);
      settle(change(`10.0.1.${i}`, { ready: true }));
      settle(change(address, { ready: false, terminating: true }));
      settle(pods.filter((pod) => pod.address !== address));
    });
    expect(pods.map((pod) => pod.address)).toEqual(FIVE.endpoints.map((_, i) => `10.0.1.${i}`));
    expect(named(pods.map((pod) => pod.hints))).toEqual(named(hints));
  });

  test('with the defaults a rolling update keeps the limit and its hold at each step', () => {
    let pods: readonly EndpointRecord[] = standing;
    FIVE.endpoints.forEach(({ address, zone }, i) => {
      for (const next of [
        [...pods, endpoint(`10.0.1.${i}`, zone)],
        [...pods, endpoint(`10.0.1.${i}`, zone)].filter((pod) => pod.address !== address),
      ]) {
        const after = decide({ ...FIVE, endpoints: next }).hints;
        for (const reads of [READS_ALL, withoutNodeHints(READS_ALL)]) {
          expect(figures({ ...FIVE, endpoints: next }, after, reads).worstLoad).toBeLessThanOrEqual(1.25 + 1e-9);
        }
        pods = withHints(next, after);
      }
    });
  });

  test('names go when they are switched off', () => {
    const after = decide({ ...FIVE, endpoints: standing, asked: 'false' }).hints;
    expect(after.map((hint) => hint?.forNodes)).toEqual(standing.map(() => undefined));
  });
});

describe('hints that were written a moment ago', () => {
  const { hints } = decide(FIVE);
  const standing = withHints(FIVE.endpoints, hints);
  const bare = withHints(FIVE.endpoints, decide({ ...FIVE, asked: 'false' }).hints);
  const isSame = (before: readonly EndpointRecord[], after: Decision['hints']): boolean =>
    before.every((one, i) => after[i] === one.hints);
  /** Zone c sends a tenth: all of its traffic could stay at home. */
  const less = FIVE.nodes.map((one) => (one.zone === 'c' ? node(one.name, 'c', 1) : one));
  /** Zone c sends most. */
  const more = FIVE.nodes.map((one) => (one.zone === 'c' ? node(one.name, 'c', 40) : one));

  test.each<[string, readonly EndpointRecord[], readonly NodeRecord[], boolean]>([
    ['stay whatever there is to gain', standing, less, true],
    ['get no names where they have none', bare, FIVE.nodes, true],
    ['are written again where the limit breaks', standing, more, false],
  ])('%s', (_, endpoints, nodes, stays) => {
    const sample = { nodes, endpoints, settings: { rebalanceGain: 0.01 } };
    expect(isSame(endpoints, decide({ ...sample, settling: true }).hints)).toBe(stays);
    expect(isSame(endpoints, decide(sample).hints)).toBe(false);
  });

  test('are left alone only where nodes may be named', () => {
    const asked = 'false';
    const after = decide({ ...FIVE, nodes: less, endpoints: bare, settling: true, asked }).hints;
    expect(after).toEqual(decide({ ...FIVE, nodes: less, endpoints: bare, asked }).hints);
    expect(isSame(bare, after)).toBe(false);
  });
});
