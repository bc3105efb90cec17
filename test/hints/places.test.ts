import { describe, expect, test } from 'vitest';
import { explainService, planService, type EndpointSliceManifest, type NodeManifest } from '../../src/index.js';
import type { Settings } from '../../src/hints/settings.js';

const node = (zone: string, region?: string): NodeManifest => ({
  metadata: {
    name: `n-${zone}`,
    labels: {
      'topology.kubernetes.io/zone': zone,
      ...(region === undefined ? {} : { 'topology.kubernetes.io/region': region }),
    },
  },
  status: { allocatable: { cpu: '4' }, conditions: [{ type: 'Ready', status: 'True' }] },
});
const service = {
  metadata: { namespace: 'shop', name: 'web', annotations: { 'slicehints.io/mode': 'balanced' } },
  spec: { selector: { app: 'web' } },
};
const slice = (zones: readonly string[], address = (i: number) => `10.0.0.${i}`): EndpointSliceManifest => ({
  metadata: { namespace: 'shop', name: 'web-1', labels: { 'kubernetes.io/service-name': 'web' } },
  addressType: 'IPv4',
  ports: [{ name: 'http', port: 80 }],
  endpoints: zones.map((zone, i) => ({
    addresses: [address(i)],
    conditions: { ready: true },
    ...(zone === '' ? {} : { zone }),
  })),
});
/** For each endpoint its zone and, behind `>`, the zones that it serves. */
const planned = (given: EndpointSliceManifest, nodes: NodeManifest[], settings: Partial<Settings> = {}): string[] => {
  const { slices } = planService({ service, slices: [given], nodes, settings });
  return slices[0]!.endpoints.map(
    ({ hints }, i) => `${given.endpoints![i]!.zone ?? ''}>${(hints?.forZones ?? []).map(({ name }) => name).join('+')}`,
  );
};
/** Who helps a zone: the zones of the endpoints that serve it. */
const helpers = (zone: string, list: readonly string[]): string[] =>
  list.filter((one) => one.split('>')[1]!.split('+').includes(zone)).map((one) => one.split('>')[0]!);

describe('a zone without endpoints', () => {
  const endpoints = slice(['b', 'b', 'b', 'c', 'c', 'c', 'd', 'd', 'd']);
  const names = ['a', 'b', 'c', 'd'];

  test.each(['b', 'c', 'd'])('borrows from its region, %s, first', (near) => {
    const nodes = names.map((name) => node(name, name === 'a' || name === near ? 'eu' : 'us'));
    const who = helpers('a', planned(endpoints, nodes, { overloadThreshold: 1 }));
    expect(new Set(who)).toEqual(new Set([near]));
  });

  /** The costs have `near` nearest to a. */
  const costsOf = (near: string) =>
    names.flatMap((a, i) =>
      names.slice(i + 1).map((b) => ({ zones: [a, b] as const, cost: a === 'a' && b === near ? 1 : 5 })),
    );

  test.each<[string, (zone: string, near: string) => string | undefined]>([
    ['in one region', () => 'eu'],
    ['where no zone has a region', () => undefined],
    ['where each zone has another region', (zone) => zone],
    ['in a region of two', (zone, near) => (zone === 'a' || zone === near || zone === 'b' ? 'eu' : 'us')],
  ])('borrows from where it costs least %s', (_, regionOf) => {
    for (const near of ['b', 'c', 'd']) {
      const nodes = names.map((name) => node(name, regionOf(name, near)));
      const settings = { overloadThreshold: 1, zoneCosts: costsOf(near) };
      expect(new Set(helpers('a', planned(endpoints, nodes, settings)))).toEqual(new Set([near]));
    }
  });

  test.each(['b', 'c', 'd'])('borrows from its region, whatever it costs: not from %s', (cheap) => {
    const nodes = names.map((name) => node(name, name === cheap ? 'us' : 'eu'));
    const who = helpers('a', planned(endpoints, nodes, { overloadThreshold: 1, zoneCosts: costsOf(cheap) }));
    expect(who).not.toContain(cheap);
    expect(who.length).toBeGreaterThan(0);
  });

  test.each(['b', 'c', 'd'])(
    'borrows from %s of its region rather than from zones whose region is not known',
    (near) => {
      const nodes = names.map((name) => node(name, name === 'a' || name === near ? 'eu' : undefined));
      const zoneCosts = [...names, 'e'].flatMap((a, i, all) =>
        all.slice(i + 1).map((b) => ({ zones: [a, b] as const, cost: a === 'a' && b === near ? 5 : 1 })),
      );
      const who = helpers('a', planned(endpoints, [...nodes, node('e', 'us')], { overloadThreshold: 1, zoneCosts }));
      expect(new Set(who)).toEqual(new Set([near]));
    },
  );

  test('borrows as ever where no label and no cost tells what is near', () => {
    const plain = planned(endpoints, names.map((name) => node(name))); // prettier-ignore
    expect(planned(endpoints, names.map((name) => node(name, 'eu')))).toEqual(plain); // prettier-ignore
  });
});

describe('a ClusterHintsPolicy goes before the settings', () => {
  const names = ['a', 'b', 'c'];
  const nodes = names.map((name) => node(name));
  const policies = (defaults: object): object[] => [
    { kind: 'ClusterHintsPolicy', metadata: { name: 'zones' }, spec: { defaults } },
  ];
  const outcome = (given: EndpointSliceManifest, defaults: object, settings: Partial<Settings>): string[] => {
    const input = { service, slices: [given], nodes, policies: policies(defaults), settings };
    const { slices } = planService(input);
    return slices[0]!.endpoints.map(({ hints }) => (hints?.forZones ?? []).map(({ name }) => name).join('+'));
  };
  const nearest = (zone: string): { zones: [string, string]; cost: number }[] => [
    { zones: ['a', 'b'], cost: zone === 'b' ? 1 : 5 },
    { zones: ['a', 'c'], cost: zone === 'c' ? 1 : 5 },
    { zones: ['b', 'c'], cost: 5 },
  ];
  const matrix = (near: string): object => ({ a: { b: near === 'b' ? 1 : 5, c: near === 'c' ? 1 : 5 }, b: { c: 5 } });

  test.each(['b', 'c'])('with costs that have %s nearest', (near) => {
    const zones = ['b', 'b', 'c', 'c'];
    const zoneCosts = nearest(near === 'b' ? 'c' : 'b');
    const hints = outcome(slice(zones), { zoneCosts: matrix(near) }, { overloadThreshold: 1, zoneCosts });
    const helping = zones.filter((_, i) => hints[i]!.split('+').includes('a'));
    expect(new Set(helping)).toEqual(new Set([near]));
  });

  test('with networks', () => {
    const outside = slice(['', '', ''], (i) => `10.${i}.0.1`);
    const cidrs = (order: readonly string[]) => order.map((zone, i) => ({ cidr: `10.${i}.0.0/16`, zone }));
    const settings = { zoneCidrs: cidrs(['c', 'a', 'b']) };
    expect(outcome(outside, {}, settings)).toEqual(['c', 'a', 'b']);
    expect(outcome(outside, { zoneCIDRs: cidrs(names) }, settings)).toEqual(names);
  });
});

describe('hints that stand', () => {
  const names = ['a', 'b', 'c'];
  const far = slice(['b', 'b', 'c', 'c']);
  const hinted = (zones: readonly string[][]): EndpointSliceManifest => ({
    ...far,
    endpoints: far.endpoints!.map((one, i) => ({ ...one, hints: { forZones: zones[i]!.map((name) => ({ name })) } })),
  });
  const nodes = [node('a', 'eu'), node('b', 'eu'), node('c', 'us')];
  const settings = { overloadThreshold: 1 };

  test('move where zones turn out to be near', () => {
    const standing = hinted([['b'], ['b'], ['a', 'c'], ['a', 'c']]);
    expect(helpers('a', planned(standing, names.map((name) => node(name)), settings))).toEqual(['c', 'c']); // prettier-ignore
    expect(new Set(helpers('a', planned(standing, nodes, settings)))).toEqual(new Set(['b']));
  });

  test.each<[string, string | undefined, string]>([
    ['in one region', 'eu', 'b'],
    ['without regions', undefined, 'b'],
    ['but not out of the region', 'us', 'c'],
  ])('move where zones turn out to cost less, %s', (_, region, expected) => {
    const standing = hinted([['b'], ['b'], ['a', 'c'], ['a', 'c']]);
    const zoneCosts = [
      { zones: ['a', 'b'], cost: 1 },
      { zones: ['a', 'c'], cost: 5 },
      { zones: ['b', 'c'], cost: 5 },
    ] as const;
    const where = region === undefined ? undefined : 'eu';
    const placed = [node('a', where), node('b', region), node('c', where)];
    expect(new Set(helpers('a', planned(standing, placed, { ...settings, zoneCosts })))).toEqual(new Set([expected]));
  });

  test('of the nearest zone stay, and so does what was planned', () => {
    const { slices } = planService({ service, slices: [far], nodes, settings });
    const after: EndpointSliceManifest = {
      ...far,
      endpoints: far.endpoints!.map((one, i) => ({ ...one, hints: slices[0]!.endpoints[i]!.hints! })),
    };
    expect(planService({ service, slices: [after], nodes, settings }).patches).toEqual([]);
  });
});

describe('endpoints without zone and node', () => {
  const nodes = ['a', 'b'].map((name) => node(name));
  const outside = slice(['', '', '', ''], (i) => (i < 2 ? `10.1.0.${i}` : `10.2.0.${i}`));
  const zoneCidrs = [
    { cidr: '10.1.0.0/16', zone: 'a' },
    { cidr: '10.2.0.0/16', zone: 'b' },
  ];

  test('get one by address, and all traffic stays in it', () => {
    expect(planned(outside, nodes, { zoneCidrs })).toEqual(['>a', '>a', '>b', '>b']);
    const { forecast, verdicts } = planService({ service, slices: [outside], nodes, settings: { zoneCidrs } });
    expect(forecast[0]?.inZoneShare).toBe(1);
    expect(verdicts[0]?.message).toContain('100% in zone');
    expect(planService({ service, slices: [outside], nodes }).forecast[0]?.inZoneShare).toBe(0);
  });

  test('those that name a zone keep it', () => {
    expect(planned(slice(['b', 'b', 'a', 'a'], (i) => `10.1.0.${i}`), nodes, { zoneCidrs })).toEqual(['b>b', 'b>b', 'a>a', 'a>a']); // prettier-ignore
  });

  test('Auto on slices that Kubernetes writes goes by its own rule', () => {
    const auto = { ...service, metadata: { ...service.metadata, annotations: { 'service.kubernetes.io/topology-mode': 'Auto' } } }; // prettier-ignore
    const labels = { ...outside.metadata?.labels, 'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io' }; // prettier-ignore
    const own = { ...outside, metadata: { ...outside.metadata, labels } };
    const verdictWith = (settings: Partial<Settings>): string | undefined =>
      planService({ service: auto, slices: [own], nodes, settings: { zoneCidrs, ...settings } }).verdicts[0]?.message;
    expect(verdictWith({})).toContain('One or more endpoints do not have a zone specified');
    expect(verdictWith({ guard: true })).toContain('Topology Aware Hints has been enabled');
  });
});

test('explain lists what leaves its zone, where it goes, and what it costs', () => {
  const nodes = ['a', 'b', 'c'].map((name) => node(name));
  const zoneCosts = [
    { zones: ['a', 'b'], cost: 0.01 },
    { zones: ['a', 'c'], cost: 0.05 },
    { zones: ['b', 'c'], cost: 0.05 },
  ] as const;
  const explained = (settings: Partial<Settings>): readonly string[] =>
    explainService({
      nodes,
      services: [service],
      endpointSlices: [slice(['b', 'b', 'b', 'c', 'c', 'c'])],
      service: 'shop/web',
      settings: { overloadThreshold: 1, ...settings },
    })!.steps.find(({ id }) => id === 'use')!.lines;
  expect(explained({ zoneCosts })).toEqual(
    expect.arrayContaining([
      'What leaves its zone: a to b 33.3% at 0.01',
      'By the zone costs a unit of traffic costs 0.00333 on average',
    ]),
  );
  expect(explained({}).join()).not.toContain('costs');
});
