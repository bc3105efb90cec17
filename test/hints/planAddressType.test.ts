import { describe, expect, test } from 'vitest';
import type { EndpointManifest, EndpointSliceManifest, NodeManifest } from '../../src/model/manifest.js';
import { ep, hintsOf, IN_TREE, mode, n1, n2, node, planOf, slice, ZONE } from './planOf.js';

describe('kube-proxy decides for each port by itself', () => {
  test('topology keys: the port that leaks gives the verdict, not one that needs no hints', () => {
    const racks = Array.from({ length: 20 }, (_, i) => node(`n${i}`, '', '4', { rack: `r${i % 2}` }));
    const wanderer = ep('', 1, { nodeName: null, zone: null });
    const inRacks = [...ep('', 1, { nodeName: 'n0', zone: null }), ...ep('', 1, { nodeName: 'n1', zone: null })];
    const slices = [slice('x', wanderer), slice('y', inRacks, ['metrics'])];
    const [verdict] = planOf({ 'slicehints.io/topology-keys': 'rack,*' }, slices, { nodes: racks }).verdicts;
    expect(verdict).toMatchObject({ hinted: true, type: 'Warning', reason: 'TopologyKeysLeaking' });
    expect(verdict?.message).toMatch(/ \(port "metrics"\), addressType: IPv4$/);
  });

  test('strict topology keys: a port that some slices serve alone is replayed alone', () => {
    const keys = { 'slicehints.io/topology-keys': ZONE, 'slicehints.io/topology-keys-strict': 'true' };
    const slices = [slice('x', ep('a')), slice('y', ep('b'), ['http', 'm'])];
    const planned = planOf(keys, slices);
    expect(planned.verdicts[0]).toMatchObject({ hinted: false, reason: 'TopologyKeysNotExact' });
    expect(planned.verdicts[0]?.message).toContain('(port "m")');
    expect(hintsOf(planned)).toEqual([undefined, undefined]);
    // Both ports for themselves can be exact.
    const both = planOf(keys, [slice('x', ep('a'), ['http', 'm']), slice('y', ep('b'), ['http', 'm'])]);
    expect(both.verdicts[0]).toMatchObject({ hinted: true, reason: 'TopologyKeysExact' });
  });

  test('Balanced keeps the limit on each port, and promises what the worst port keeps', () => {
    const slices = [slice('x', ep('a', 6)), slice('y', [...ep('a', 1), ...ep('b', 5)], ['metrics'])];
    const planned = planOf(mode('balanced'), slices);
    expect(planned.forecast[0]?.worstLoad).toBeLessThanOrEqual(1.2 + 1e-9);
    const apart = slices.map((each) => planOf(mode('balanced'), [each]));
    expect(planned.forecast[0]?.inZoneShare).toBe(
      Math.min(...apart.map(({ forecast }) => forecast[0]?.inZoneShare ?? 0)),
    );
    expect(planned.slices).toEqual(apart.flatMap((each) => each.slices));
    expect(planned.verdicts[0]?.message).toMatch(/50% in zone.* \(port "http"\), addressType/);
  });

  test('Balanced tells of a port that goes above the limit, because its slices serve other ports too', () => {
    const slices = [slice('x', ep('a', 6)), slice('y', [...ep('a', 1), ...ep('b', 5)], ['http', 'metrics'])];
    const planned = planOf(mode('balanced'), slices);
    const [, percent = '', busiest = ''] =
      /: (\d+)% in zone, busiest endpoint ([\d.]+)x/.exec(planned.verdicts[0]?.message ?? '') ?? [];
    expect(Number(busiest)).toBeCloseTo(planned.forecast[0]?.worstLoad ?? 0, 1);
    expect(Number(percent)).toBeGreaterThanOrEqual(Math.round((planned.forecast[0]?.inZoneShare ?? 0) * 100));
    expect(planned.verdicts[0]?.message).toContain('(port ');
  });

  test('ports that fare alike are not named', () => {
    const slices = [slice('x', [...ep('a'), ...ep('b')]), slice('y', [...ep('a'), ...ep('b')], ['metrics'])];
    const { verdicts } = planOf(mode('balanced'), slices);
    expect(verdicts[0]?.message).toBe(planOf(mode('balanced'), slices.slice(0, 1)).verdicts[0]?.message);
  });

  test('of ports that fare equally badly the first is named', () => {
    const slices = [slice('x', ep('a', 6)), slice('y', ep('a', 8), ['metrics'])];
    expect(planOf(mode('balanced'), slices).verdicts[0]?.message).toMatch(/50% in zone.* \(port "http"\), addressType/);
  });

  test('same-zone: slices of different ports do not spoil each other, and the spoilt port is told', () => {
    const slices = [
      slice('x', ep('', 1, { zone: null, nodeName: null })),
      slice('y', [...ep('a'), ...ep('b')], ['metrics']),
    ];
    const planned = planOf(mode('same-zone'), slices);
    expect(planned.verdicts[0]).toMatchObject({ hinted: true, reason: 'SameZoneHintsIgnored' });
    expect(planned.verdicts[0]?.message).toContain('(port "http")');
    expect(planned.forecast[0]?.inZoneShare).toBe(0);
  });
});

describe('a Service is hinted entirely or not at all', () => {
  test('Auto: the in-tree slice cannot be hinted, so that the other slice is not', () => {
    const planned = planOf(mode('Auto'), [
      slice('x', ep('a'), ['http'], IN_TREE),
      slice('y', [...ep('a', 2), ...ep('b', 2)]),
    ]);
    expect(planned.verdicts[0]).toMatchObject({ hinted: false, reason: 'TopologyAwareHintsDisabled' });
    expect(planned.patches).toEqual([]);
    expect(hintsOf(planned).every((hints) => hints === undefined)).toBe(true);
  });

  test('Auto: what in-tree hints stays where the other slice cannot be hinted', () => {
    const hinted = ['a', 'b'].flatMap((zone) => ep(zone, 1, { hints: { forZones: [{ name: zone }] } }));
    const planned = planOf(mode('Auto'), [slice('x', hinted, ['http'], IN_TREE), slice('y', ep('a'))]);
    expect(planned.verdicts[0]).toMatchObject({ hinted: false, reason: 'TopologyAwareHintsDisabled' });
    expect(planned.patches).toEqual([]);
  });
});

test('trafficDistribution: the slices that in-tree hints count in the verdict as in the forecast', () => {
  const theirs = slice('x', ep('a', 1, { hints: { forZones: [{ name: 'a' }] } }), ['http'], IN_TREE);
  const planned = planOf({}, [theirs, slice('y', ep('b'))], { trafficDistribution: 'PreferSameZone' });
  expect(planned.forecast[0]?.inZoneShare).toBe(1);
  expect(planned.verdicts[0]?.message).toBe(
    '2 ready endpoints: 2 nodes use only what is in the same zone, addressType: IPv4',
  );
  expect(planned.patches.map(({ name }) => name)).toEqual(['y']);
  const late = planOf({}, [slice('x', ep('a'), ['http'], IN_TREE), slice('y', ep('b'))], {
    trafficDistribution: 'PreferSameZone',
  });
  expect(late.verdicts[0]).toMatchObject({ type: 'Warning', reason: 'SameZoneHintsIgnored' });
  expect(late.verdicts[0]?.message).toContain('has no hints yet');
});

test('trafficDistribution: hints that in-tree gave its slices are hints, also beside a slice of another that has none', () => {
  const theirs = slice('x', ep('a', 1, { hints: { forZones: [{ name: 'a' }] } }), ['http'], IN_TREE);
  const planned = planOf({}, [theirs, slice('y', [], ['metrics'])], { trafficDistribution: 'PreferSameZone' });
  expect(planned.verdicts[0]).toMatchObject({ hinted: true });
  expect(planned.patches).toEqual([]);
});

test('trafficDistribution: one endpoint with hints of in-tree makes the Service hinted', () => {
  const theirs = slice('x', [...ep('a', 1, { hints: { forZones: [{ name: 'a' }] } }), ...ep('b')], ['http'], IN_TREE);
  const hintedWith = (given: EndpointSliceManifest): unknown =>
    planOf({}, [given, slice('y', [], ['metrics'])], { trafficDistribution: 'PreferSameZone' }).verdicts[0]?.hinted;
  expect([hintedWith(theirs), hintedWith(slice('x', ep('a', 2), ['http'], IN_TREE))]).toEqual([true, false]);
});

describe('Auto on slices that in-tree serves', () => {
  const hinted = ['a', 'a', 'b', 'b'].flatMap((zone) => ep(zone, 1, { hints: { forZones: [{ name: zone }] } }));
  const byInTree = (endpoints: EndpointManifest[]): EndpointSliceManifest => {
    const made = slice('x', endpoints, ['http'], IN_TREE);
    const managedFields = [
      { manager: 'kube-controller-manager', time: '2026-01-01T00:00:00Z', fieldsV1: { 'f:endpoints': {} } },
    ];
    return { ...made, metadata: { ...made.metadata, managedFields } };
  };

  test.each<[string, NodeManifest[]]>([
    ['a node does not tell its CPU', [n1, n2, node('n3', 'b')]],
    ['the CPU has moved to another zone', [node('n1', 'a', '30'), n2]],
  ])('leaves hints of in-tree alone while it has not looked again: %s', (_, nodes) => {
    const planned = planOf(mode('Auto'), [byInTree(hinted)], { nodes });
    expect(planned.verdicts).toMatchObject([
      {
        ...{ hinted: true, type: 'Normal', reason: 'TopologyAwareHintsEnabled', recordedInTree: true },
        message: 'Topology Aware Hints has been enabled, addressType: IPv4',
      },
    ]);
    expect(planned.patches).toEqual([]);
  });

  test.each<[string, EndpointManifest[], NodeManifest[]]>([
    ['no endpoint is hinted for a zone', hinted.slice(0, 2), [n1, n2]],
    ['a ready endpoint has no hint', [...hinted, ...ep('a', 4)], [n1, n2]],
  ])('goes by its own view where %s', (_, endpoints, nodes) => {
    expect(planOf(mode('Auto'), [byInTree(endpoints)], { nodes }).patches).toHaveLength(1);
  });
});

describe('slices without endpoints', () => {
  test('of another port take no hints away from the ports that have some', () => {
    const filled = slice('x', [...ep('a', 2), ...ep('b', 2)]);
    const alone = planOf(mode('Auto'), [filled]);
    const beside = planOf(mode('Auto'), [filled, slice('y', [], ['metrics'])]);
    expect(alone.verdicts[0]).toMatchObject({ reason: 'TopologyAwareHintsEnabled', hinted: true });
    expect(beside.verdicts).toEqual(alone.verdicts);
    expect(beside.patches).toEqual(alone.patches);
    const unready = ep('a', 1, { conditions: { ready: false } });
    for (const name of ['w', 'y']) {
      expect(planOf(mode('Auto'), [filled, slice(name, unready, ['metrics'])]).verdicts).toEqual(alone.verdicts);
    }
  });
});

describe('an address in slices of two ports, of which one tells no zone', () => {
  test('has its node hints in both', () => {
    const [full, other] = [ep('a')[0]!, ep('b')[0]!];
    const bare = { addresses: full.addresses!, conditions: { ready: true } };
    const planned = planOf(mode('same-node'), [slice('x', [full]), slice('y', [bare, other], ['metrics'])]);
    expect(planned.slices[1]?.endpoints[0]?.hints?.forNodes).toEqual([{ name: 'n1' }]);
  });

  test('has its hints in both, and the verdict is what nodes do with them', () => {
    const [full, other] = [ep('a')[0]!, ep('b')[0]!];
    const bare = { addresses: full.addresses!, conditions: { ready: true } };
    const planned = planOf(mode('same-zone'), [slice('x', [full]), slice('y', [bare, other], ['metrics'])]);
    const [verdict] = planned.verdicts;
    expect(verdict).toMatchObject({ reason: 'SameZoneHintsSet', type: 'Normal', hinted: true });
    expect(planned.slices[1]?.endpoints[0]?.hints).toEqual({ forZones: [{ name: 'a' }] });
  });
});

describe('Auto by the strategy of Balanced', () => {
  test('promises nothing of some slices while in-tree decides on others of the same port', () => {
    const inTree = slice('x', [...ep('a', 2), ...ep('b', 2)], ['http'], 'endpointslice-controller.k8s.io');
    const own = slice('y', [...ep('a', 2), ...ep('b', 2)]);
    const planned = planOf(mode('Auto'), [inTree, own], { settings: { autoStrategy: 'balanced' } });
    expect(planned.verdicts.map(({ reason }) => reason)).toEqual(['TopologyAwareHintsEnabled']);
    expect(planned.patches).toHaveLength(2);
    const guarded = planOf(mode('Auto'), [inTree, own], { settings: { autoStrategy: 'balanced', guard: true } });
    expect(guarded.verdicts.map(({ reason }) => reason)).toEqual(['BalancedHintsSet']);
  });
});

test.each([
  [
    'zone hints on all, node hints on one alone',
    [{ forZones: [{ name: 'a' }] }, { forZones: [{ name: 'b' }], forNodes: [{ name: 'n2' }] }],
    'has no node hints yet, so that kube-proxy ignores the node hints of the whole Service; 2 ready endpoints: 2 nodes use only what runs on the node itself, 0 nodes use only what is in the same zone',
  ],
  [
    'node hints on all, zone hints on one alone',
    [{ forNodes: [{ name: 'n1' }] }, { forZones: [{ name: 'b' }], forNodes: [{ name: 'n2' }] }],
    'has no zone hints yet, so that kube-proxy ignores the zone hints of the whole Service; 2 ready endpoints: 2 nodes use only what runs on the node itself, 0 nodes use only what is in the same zone',
  ],
  [
    'no hints on one',
    [undefined, { forZones: [{ name: 'b' }], forNodes: [{ name: 'n2' }] }],
    'has no hints yet, so that kube-proxy ignores the hints of the whole Service; every node uses all 2 endpoints',
  ],
])('PreferSameNode on slices of in-tree with %s is judged as proxies read it', (_, hints, sentence) => {
  const [first, second] = [ep('a', 1, { hints: hints[0] }), ep('b', 1, { hints: hints[1] })];
  const planned = planOf({}, [slice('x', [...first, ...second], ['http'], IN_TREE), slice('y', [])], {
    trafficDistribution: 'PreferSameNode',
  });
  expect(planned.verdicts[0]?.message).toContain(sentence);
});

describe('what Kubernetes records by itself of Auto', () => {
  const slices = [slice('x', [...ep('a', 2), ...ep('b', 2)], ['http'], IN_TREE)];
  test.each<[string, Record<string, string>, 'present' | 'absent', true | undefined]>([
    ['is marked where in-tree serves the Service too', mode('Auto'), 'present', true],
    ['is not in a cluster without in-tree', mode('Auto'), 'absent', undefined],
    ['is not where in-tree does not read the mode', { 'slicehints.io/mode': 'auto' }, 'absent', undefined],
  ])('%s', (_, annotations, inTree, recordedInTree) => {
    const [verdict] = planOf(annotations, slices, { settings: { inTree } }).verdicts;
    expect(verdict).toMatchObject({ reason: 'TopologyAwareHintsEnabled', hinted: true });
    expect(verdict?.recordedInTree).toBe(recordedInTree);
  });
});

describe('stated demand beside Auto on slices of in-tree', () => {
  const theirs = slice('x', [...ep('a', 2), ...ep('b', 2)], ['http'], IN_TREE);
  const own = slice('y', [...ep('a', 2), ...ep('b', 2)]);
  const stated = { ...mode('Auto'), 'slicehints.io/demand': 'equal' };
  const warning = {
    addressType: 'IPv4',
    hinted: false,
    type: 'Warning',
    reason: 'DemandNotUsed',
    message:
      'The stated demand is not used: Auto on slices that Kubernetes writes goes by CPU; install the guard of slicehints, or ask for balanced, addressType: IPv4',
  };
  test.each<[string, Record<string, string>, EndpointSliceManifest[], boolean, object[]]>([
    ['is a Warning', stated, [theirs], false, [warning]],
    ['is one Warning beside other slices', stated, [theirs, own], false, [warning]],
    ['is used with the guard', stated, [theirs], true, []],
    ['is used on other slices', stated, [own], false, []],
    ['is no Warning where none is stated', mode('Auto'), [theirs, own], false, []],
  ])('%s', (_, annotations, slices, guard, warnings) => {
    expect(planOf(annotations, slices, { settings: { guard } }).warnings).toEqual(warnings);
  });
});

describe('the strategy of Balanced for Auto', () => {
  const slices = [slice('x', [...ep('a', 1), ...ep('b', 5)])];
  test.each(['Auto', 'same-zone', 'same-node'])('counts for Auto alone: %s', (name) => {
    const [one, two] = (['balanced', 'proportional'] as const).map((autoStrategy) =>
      planOf(mode(name), slices, { settings: { autoStrategy } }),
    );
    if (name === 'Auto') expect(one).not.toEqual(two);
    else expect(one).toEqual(two);
  });
});

test('a stated demand is what Auto goes by where Kubernetes has no say', () => {
  const nodes = [node('n1', 'a', '4'), node('n2', 'b', '12')];
  const slices = [slice('x', [...ep('a', 4), ...ep('b', 4)])];
  const hintedFor = (annotations: Record<string, string>): number =>
    planOf({ ...mode('Auto'), ...annotations }, slices, { nodes }).slices[0]!.endpoints.filter(
      ({ hints }) => hints?.forZones?.[0]?.name === 'a',
    ).length;
  expect([hintedFor({}), hintedFor({ 'slicehints.io/demand': 'equal' })]).toEqual([2, 4]);
});

test('different mistakes are as many Warnings, each once', () => {
  const annotations = {
    ...mode('balanced'),
    ...{ 'slicehints.io/overload-threshold': 'much', 'slicehints.io/node-hints': 'maybe' },
  };
  const slices = [slice('x', [...ep('a'), ...ep('b')]), slice('y', [...ep('a'), ...ep('b')], ['metrics'])];
  const { warnings } = planOf(annotations, slices);
  expect(warnings.map(({ message }) => /overload-threshold|node-hints/.exec(message)?.[0]).sort()).toEqual([
    'node-hints',
    'overload-threshold',
  ]);
});

test('a mistake that several parts find is one Warning', () => {
  const annotations = { ...mode('balanced'), 'slicehints.io/overload-threshold': 'much' };
  const slices = [slice('x', [...ep('a'), ...ep('b')]), slice('y', [...ep('a'), ...ep('b')], ['metrics'])];
  expect(planOf(annotations, slices).warnings.map(({ reason }) => reason)).toHaveLength(1);
});

test.each([
  [['p1'], ' (port "p1"), addressType'],
  [['p1', 'p2'], ' (ports "p1", "p2"), addressType'],
  [['p1', 'p2', 'p3'], ' (ports "p1", "p2", "p3"), addressType'],
  [['p1', 'p2', 'p3', 'p4', 'p5'], ' (ports "p1", "p2", "p3" and 2 more), addressType'],
])('of the ports %j, which fare alike, three are named', (ports, place) => {
  const spoilt = slice('x', ep('', 1, { zone: null, nodeName: null }), ports);
  const planned = planOf(mode('same-zone'), [spoilt, slice('y', [...ep('a'), ...ep('b')], ['metrics'])]);
  expect(planned.verdicts[0]?.message).toContain(place);
});

describe('strict topology keys that cannot be exact', () => {
  const keys = { 'slicehints.io/topology-keys': ZONE, 'slicehints.io/topology-keys-strict': 'true' };
  test('leave no hints, also where some were written before', () => {
    const hinted = ep('a', 1, { hints: { forZones: [{ name: 'a' }] } });
    const before = slice('x', hinted);
    const annotated = { ...before, metadata: { ...before.metadata, annotations: { 'slicehints.io/hints': 'v1' } } };
    const planned = planOf(keys, [annotated]);
    expect(planned.verdicts).toMatchObject([{ hinted: false, reason: 'TopologyKeysNotExact' }]);
    expect([hintsOf(planned), planned.patches.length]).toEqual([[undefined], 1]);
    expect(planned.verdicts).toEqual(planOf(keys, [slice('x', ep('a'))]).verdicts);
  });
});

describe('in-tree’s slices beside others', () => {
  const own = (name: string, endpoints: EndpointManifest[], ports?: string[]): EndpointSliceManifest => {
    const made = slice(name, endpoints, ports);
    return { ...made, metadata: { ...made.metadata, annotations: { 'slicehints.io/hints': 'v1' } } };
  };
  const forZone = (name: string) => ({ hints: { forZones: [{ name }] } });
  const theirs = slice('x', [...ep('a', 2, forZone('a')), ...ep('b', 2, forZone('b'))], ['http'], IN_TREE);

  test('hints that in-tree has given stay, and are told as it tells them', () => {
    const planned = planOf(mode('Auto'), [theirs]);
    expect(planned.patches).toEqual([]);
    expect(planned.verdicts).toMatchObject([
      {
        ...{ addressType: 'IPv4', hinted: true, type: 'Normal', reason: 'TopologyAwareHintsEnabled' },
        message: 'Topology Aware Hints has been enabled, addressType: IPv4',
      },
    ]);
  });

  test('keep what in-tree gave where the others get none', () => {
    const planned = planOf(mode('Auto'), [theirs, own('y', ep('a', 1, forZone('a')), ['metrics'])]);
    expect(planned.verdicts).toMatchObject([{ hinted: false, type: 'Warning' }]);
    expect(planned.verdicts[0]?.message).toContain('Insufficient number of endpoints (1 endpoints, 2 zones)');
    expect(planned.patches.map(({ name }) => name)).toEqual(['y']);
    expect(planned.slices[1]?.endpoints.map(({ hints }) => hints)).toEqual([undefined]);
  });

  test('nothing of the others stays where one port gets none', () => {
    const enough = own('x', [...ep('a', 2, forZone('a')), ...ep('b', 2, forZone('b'))]);
    const planned = planOf(mode('Auto'), [enough, own('y', ep('a', 1, forZone('a')), ['metrics'])]);
    expect(planned.verdicts).toMatchObject([{ hinted: false, type: 'Warning' }]);
    expect(planned.patches.map(({ name }) => name)).toEqual(['x', 'y']);
    expect(hintsOf(planned).every((hints) => hints === undefined)).toBe(true);
  });

  test.each(['w', 'y'])('the port that gets none gives the verdict, also as slice %s beside x', (name) => {
    const planned = planOf(mode('Auto'), [
      slice('x', [...ep('a', 2), ...ep('b', 2)]),
      slice(name, ep('a', 1), ['metrics']),
    ]);
    expect(planned.verdicts).toMatchObject([{ hinted: false, type: 'Warning', reason: 'TopologyAwareHintsDisabled' }]);
    expect(hintsOf(planned).every((hints) => hints === undefined)).toBe(true);
  });
});

describe('slices of which nothing is ready', () => {
  const gone = { conditions: { ready: false } };

  test('are not judged while others have something ready', () => {
    const planned = planOf(mode('balanced'), [
      slice('x', [...ep('a'), ...ep('b')]),
      slice('y', [...ep('a', 1, gone), ...ep('b', 1, gone)], ['metrics']),
    ]);
    expect(planned.verdicts).toMatchObject([{ hinted: true, type: 'Normal', reason: 'BalancedHintsSet' }]);
    expect(planned.verdicts[0]?.message).toContain('Balanced hints set: 100% in zone');
  });

  test('are judged where nothing is ready at all', () => {
    const planned = planOf(mode('balanced'), [slice('x', ep('a', 1, gone)), slice('y', ep('b', 1, gone), ['metrics'])]);
    expect(planned.verdicts).toMatchObject([{ reason: 'NoReadyEndpoints' }]);
  });
});

describe('the worst port gives the verdict', () => {
  const lame = slice('y', ep('a', 6), ['metrics']);
  const fine = slice('x', [...ep('a'), ...ep('b')]);

  test.each([
    ['whether it comes last', [fine, lame]],
    ['or first', [{ ...lame, metadata: { ...lame.metadata, name: 'a' } }, fine]],
  ])('%s', (_, slices) => {
    const [verdict] = planOf(mode('balanced'), slices).verdicts;
    expect(verdict?.message).toMatch(/50% in zone.* \(port "metrics"\), addressType/);
  });

  test('and where all fare alike none is named', () => {
    const planned = planOf(mode('same-zone'), [fine, slice('y', [...ep('a'), ...ep('b')], ['metrics'])]);
    expect(planned.verdicts[0]?.message).not.toContain('port');
  });
});

test('an address in slices of several ports has its hints in each place', () => {
  const [one, two, three] = [...ep('a'), ...ep('b'), ...ep('b')] as [
    EndpointManifest,
    EndpointManifest,
    EndpointManifest,
  ];
  const planned = planOf(mode('same-zone'), [slice('x', [one, two]), slice('y', [three, two, one])]);
  const zonesOf = (n: number): unknown[] =>
    planned.slices[n]!.endpoints.map(({ hints }) => hints?.forZones?.map(({ name }) => name).join());
  expect([zonesOf(0), zonesOf(1)]).toEqual([
    ['a', 'b'],
    ['b', 'b', 'a'],
  ]);
});

describe('strict topology keys', () => {
  const strict = { 'slicehints.io/topology-keys': ZONE, 'slicehints.io/topology-keys-strict': 'true' };
  const hinted = slice('x', [...ep('a', 1, { hints: { forZones: [{ name: 'b' }] } }), ...ep('b', 1)]);

  test('that can be exact are planned from the hints that are there', () => {
    expect(planOf(strict, [hinted]).verdicts).toMatchObject([{ hinted: true, reason: 'TopologyKeysExact' }]);
  });

  test('leave hints of one endpoint alone as little as those of all', () => {
    const half = slice('x', [...ep('a', 1, { hints: { forZones: [{ name: 'a' }] } }), ...ep('a', 1)]);
    const planned = planOf(strict, [
      { ...half, metadata: { ...half.metadata, annotations: { 'slicehints.io/hints': 'v1' } } },
    ]);
    expect(planned.verdicts).toMatchObject([{ hinted: false, reason: 'TopologyKeysNotExact' }]);
    expect(hintsOf(planned)).toEqual([undefined, undefined]);
  });
});
