import { describe, expect, test } from 'vitest';
import { planService } from '../../src/hints/planService.js';
import type { EndpointManifest, EndpointSliceManifest, NodeManifest } from '../../src/model/manifest.js';
import { ep, mode, MODE, n1, n2, node, planOf, slice } from './planOf.js';

describe('the demand', () => {
  test('of nodes that do not tell their CPU is their number, in the verdict and in the forecast', () => {
    const nodes = [node('n1', 'a'), node('n2', 'b'), node('n3', 'b')];
    const planned = planOf(mode('balanced'), [slice('x', [...ep('a'), ...ep('b')])], { nodes });
    const share = (planned.forecast[0]?.inZoneShare ?? 0) * 100;
    expect(planned.verdicts[0]?.message).toContain(`${Math.round(share)}% in zone`);
    expect(planned.forecast[0]?.byZone.map(({ zone, share: part }) => [zone, part])).toEqual([
      ['a', 1 / 3],
      ['b', 2 / 3],
    ]);
  });
});

describe('the conditions of endpoints', () => {
  test('an endpoint without conditions is ready: Balanced plans as if it said so', () => {
    const bare = [...ep('a', 5, { conditions: {} }), ...ep('b', 1, { conditions: {} })];
    const said = bare.map((endpoint) => ({ ...endpoint, conditions: { ready: true } }));
    const [one, two] = [bare, said].map((endpoints) => planOf(mode('balanced'), [slice('x', endpoints)]));
    expect(one).toEqual(two);
    expect(one?.verdicts[0]).toMatchObject({ reason: 'BalancedHintsSet' });
    expect(one?.forecast[0]?.worstLoad).toBeLessThanOrEqual(1.2 + 1e-9);
  });

  test('Auto counts only endpoints that say so, by the rule of Kubernetes, and hints the others too', () => {
    const endpoints = [...ep('a', 1), ...ep('b', 1), ...ep('b', 1, { conditions: {} })];
    const planned = planOf(mode('Auto'), [slice('x', endpoints)]);
    expect(planned.verdicts[0]?.reason).toBe('TopologyAwareHintsEnabled');
    expect(planned.slices[0]?.endpoints.every(({ hints }) => hints?.forZones?.length === 1)).toBe(true);
    const few = planOf(mode('Auto'), [slice('x', [...ep('a', 1), ...ep('b', 3, { conditions: {} })])]);
    expect(few.verdicts[0]?.message).toContain('Insufficient number of endpoints (1 endpoints, 2 zones)');
  });

  test.each(['balanced', 'same-zone'])(
    '%s: hints say nothing about endpoints that terminate, in the forecast too',
    (name) => {
      const nodes = [node('n1', 'a', '31'), node('n2', 'b', '1')];
      const leaving = { conditions: { ready: false, serving: true, terminating: true } };
      const planned = planOf(mode(name), [slice('x', [...ep('a', 1, leaving), ...ep('b', 1, leaving)])], { nodes });
      expect(planned.forecast[0]).toMatchObject({ inZoneShare: 0.5, worstLoad: 1 });
      expect(planned.verdicts[0]).toMatchObject({
        reason: 'NoReadyEndpoints',
        message:
          'None of the 2 endpoints is ready; every node uses the 2 that still serve while terminating, addressType: IPv4',
      });
    },
  );

  test('topology keys: endpoints that still serve while terminating are used, and the Service is told', () => {
    const leaving = { conditions: { ready: false, serving: true, terminating: true } };
    const keys = { 'slicehints.io/topology-keys': 'kubernetes.io/hostname,*' };
    const gone = { conditions: { ready: false } };
    const planned = planOf(keys, [slice('x', [...ep('a', 1, leaving), ...ep('b', 1, gone)])]);
    expect(planned.verdicts[0]?.message).toBe(
      'None of the 2 endpoints is ready; every node uses the 1 that still serves while terminating, addressType: IPv4',
    );
  });

  test.each(['same-zone', 'same-node', 'balanced'])('%s without any endpoint sets no hints and says so', (name) => {
    const [verdict] = planOf(mode(name), [slice('x', [])]).verdicts;
    expect(verdict).toMatchObject({
      hinted: false,
      reason: 'NoReadyEndpoints',
      message: 'There is no endpoint, addressType: IPv4',
    });
  });
});

describe('an address in two slices', () => {
  const [twice] = ep('a');
  const others = [...ep('a', 2), ...ep('b', 3)];

  test.each(['Auto', 'balanced'])('%s: of equal ports is one endpoint', (name) => {
    const once = planOf(mode(name), [slice('x', [twice!, ...others]), slice('y', [])]);
    const doubled = planOf(mode(name), [slice('x', [twice!, ...others]), slice('y', [twice!])]);
    expect(doubled.verdicts).toEqual(once.verdicts);
    expect(doubled.forecast).toEqual(once.forecast);
    expect(doubled.slices[1]?.endpoints[0]?.hints).toEqual(once.slices[0]?.endpoints[0]?.hints);
  });

  test.each([
    ['the zone', { zone: null, nodeName: null }, { zone: 'a', nodeName: null }],
    ['the node', { zone: null, nodeName: null }, { zone: null, nodeName: 'n1' }],
  ])('may have %s in one of them only, whatever their order', (_what, bare, placed) => {
    const [x, y] = [bare, placed].map((place) => ({ ...twice, ...place }));
    for (const [first, second] of [
      [x!, y!],
      [y!, x!],
    ] as const) {
      const planned = planOf(mode('same-zone'), [slice('x', [first]), slice('y', [second, ...others])]);
      expect(planned.verdicts).toMatchObject([{ reason: 'SameZoneHintsSet', type: 'Normal' }]);
      for (const { endpoints } of planned.slices) expect(endpoints[0]?.hints).toEqual({ forZones: [{ name: 'a' }] });
    }
  });

  test('is ready when one of them says so or says nothing, whatever their order', () => {
    const says = (conditions: EndpointManifest['conditions']): EndpointManifest => ({ ...twice, conditions });
    const both = [
      [says({ ready: false }), says({})],
      [says({}), says({ ready: false })],
    ].map(([x, y]) => planOf(mode('balanced'), [slice('x', [x!, ...others]), slice('y', [y!])]));
    expect(both[0]?.verdicts).toEqual(both[1]?.verdicts);
    expect(both[0]?.verdicts[0]?.message).toContain('6 endpoints');
  });
});

describe('topology keys', () => {
  test('the numbers of a sentence hold for each node that it names', () => {
    const names = Array.from({ length: 11 }, (_, i) => `n${String(i).padStart(2, '0')}`);
    const nodes = names.map((name) => node(name, '', '4'));
    const endpoints = [...names, 'n00'].flatMap((nodeName) => ep('a', 1, { nodeName, zone: null }));
    const { verdicts } = planOf(
      { 'slicehints.io/topology-keys': '!kubernetes.io/hostname,*' },
      [slice('x', endpoints)],
      { nodes },
    );
    const message = verdicts[0]?.message ?? '';
    expect(message).toMatch(/node n00 uses \d+ of 10 endpoints/);
    expect(message).toMatch(/nodes n01.* of 11 endpoints/);
  });
});

describe('hand-written files', () => {
  test('may leave entries, annotations and conditions empty', () => {
    const odd = {
      metadata: { name: 'x', namespace: 'ns', annotations: null, managedFields: [null] },
      addressType: 'IPv4',
      ports: [null],
      endpoints: [
        null,
        {},
        { addresses: null, conditions: null, hints: { forZones: [null], forNodes: [null] } },
        ...ep('a'),
        ...ep('b'),
      ],
    } as unknown as EndpointSliceManifest;
    const nodes = [n1, n2, { metadata: { name: 'n3' }, status: { conditions: [null] } } as unknown as NodeManifest];
    const annotations = {
      [MODE]: 'slicehints.io/balanced',
      'slicehints.io/overload-threshold': null,
    } as unknown as Record<string, string>;
    for (const name of ['Auto', 'slicehints.io/balanced', 'slicehints.io/same-node']) {
      expect(planOf({ ...annotations, [MODE]: name }, [odd], { nodes }).verdicts).toHaveLength(1);
    }
    expect(planOf({ 'slicehints.io/topology-keys': 'rack,*' }, [odd], { nodes }).verdicts).toHaveLength(1);
  });
});

test('strict topology keys tell the same when planned again, whatever hints there were', () => {
  const keys = { 'slicehints.io/topology-keys': 'rack', 'slicehints.io/topology-keys-strict': 'true' };
  const racks = Array.from({ length: 30 }, (_, i) => node(`n${i}`, 'a', '4', { rack: `r${i % 3}` }));
  const hints = { forZones: [{ name: 'a' }], forNodes: [{ name: 'n29' }, { name: 'n28' }] };
  const endpoints = [0, 1, 2].flatMap((i) => ep('a', 1, { nodeName: `n${i}`, hints }));
  const before = planOf(keys, [slice('x', endpoints)], { nodes: racks });
  const bare = endpoints.map((endpoint) => ({ ...endpoint, hints: null }));
  expect(before.verdicts[0]?.reason).toBe('TopologyKeysNotExact');
  expect(planOf(keys, [slice('x', bare)], { nodes: racks }).verdicts).toEqual(before.verdicts);
});

test('the forecast of node hints counts nodes of less than a thousandth of a CPU', () => {
  const nodes = [node('n1', 'a', '300u'), node('n2', 'a', '700u'), node('n3', 'b', '1m')];
  const planned = planOf(mode('same-node'), [slice('x', [...ep('a'), ...ep('b', 1, { nodeName: 'n3' })])], { nodes });
  expect(planned.forecast[0]).toMatchObject({ inZoneShare: 1, worstLoad: 1 });
});

describe('topology keys that are mistyped', () => {
  const hinted = slice(
    'x',
    [...ep('a'), ...ep('b')].map((each) => ({ ...each, hints: { forZones: [{ name: 'a' }] } })),
  );
  const keys = { 'slicehints.io/topology-keys': 'a,*,b' };

  test.each([
    ['leave working hints as they are', hinted, true],
    ['give none where there are none', slice('x', ep('a', 2)), false],
    ['count hints without names as none', slice('x', ep('a', 2, { hints: {} })), false],
    ['count empty lists of names as none', slice('x', ep('a', 2, { hints: { forZones: [] } })), false],
  ])('%s', (_, given, isHinted) => {
    const { patches, verdicts, slices } = planOf(keys, [given]);
    expect(patches).toEqual([]);
    expect(slices[0]?.endpoints.map(({ hints }) => hints)).toEqual((given.endpoints ?? []).map(({ hints }) => hints));
    expect(verdicts).toMatchObject([{ reason: 'InvalidTopologyKeys', type: 'Warning', hinted: isHinted }]);
    expect(verdicts[0]?.message).toContain('so hints stay as they are until it is corrected');
  });
});

test('slices without endpoints keep nothing together: a new pod behind one port moves no hint behind another', () => {
  const bare = { zone: null, nodeName: null };
  const [there] = ep('b', 1, { ...bare, hints: { forZones: [{ name: 'b' }] } });
  const others = ep('a', 2, { ...bare, hints: { forZones: [{ name: 'a' }] } });
  const [newcomer] = ep('a', 1, bare);
  const settings = { overloadHold: 1 };
  const slicesWith = (second: EndpointManifest): EndpointSliceManifest[] => [
    slice('x', [there!], ['http']),
    slice('y', [], []),
    slice('z', [others[0]!, second], ['metrics']),
  ];
  const written = (second: EndpointManifest): string[] =>
    planOf(mode('balanced'), slicesWith(second), { settings })
      .patches.filter(({ patch }) => patch.some(({ path }) => path.startsWith('/endpoints')))
      .map(({ name }) => name);
  expect(written(newcomer!)).not.toContain('x');
  expect(planOf(mode('balanced'), slicesWith(newcomer!), { settings }).slices[0]?.endpoints[0]?.hints).toEqual(
    there?.hints,
  );
});

test('strict topology keys: what is reported without hints does not depend on hints that are taken away', () => {
  const racks = [
    ['n010', 'z09', 'r2'],
    ['n014', '', 'r2'],
    ['n025', 'z18', 'r1'],
    ['n026', '', 'r1'],
    ['n027', '', 'r1'],
  ] as const;
  const nodes = racks.map(([name, zone, rack]) =>
    node(name, zone, '4', {
      'example.com/rack': rack,
      ...(zone === '' ? {} : { 'topology.kubernetes.io/region': 'region0' }),
    }),
  );
  const annotations = {
    'slicehints.io/topology-keys': 'topology.kubernetes.io/zone,topology.kubernetes.io/region,example.com/rack,*',
    'slicehints.io/topology-keys-strict': 'true',
  };
  const on = (nodeName: string | null, hints?: EndpointManifest['hints']): EndpointManifest => ({
    addresses: [nodeName === 'n010' ? '10.0.0.6' : nodeName === null ? '10.1.0.4' : '10.1.0.3'],
    nodeName,
    ...(hints === undefined ? {} : { hints }),
  });
  const verdictsWith = (hints?: EndpointManifest['hints']): unknown =>
    planOf(
      annotations,
      [slice('x', [on('n010')], ['http']), slice('y', [on('n027'), on(null, hints)], ['http', 'metrics'])],
      { nodes },
    ).verdicts;
  expect(verdictsWith({ forZones: [{ name: 'z22' }] })).toEqual(verdictsWith());
  expect(verdictsWith()).toMatchObject([{ reason: 'TopologyKeysNotExact' }]);
});

describe('address types', () => {
  const ofType = (name: string, addressType: string, endpoints: EndpointManifest[]): EndpointSliceManifest => ({
    ...slice(name, endpoints),
    addressType,
  });
  const both = (): EndpointManifest[] => [...ep('a'), ...ep('b')];

  test('have a verdict and a forecast each, sorted, and slices of names are left as they are', () => {
    const names = ofType('n', 'FQDN', [{ addresses: ['db.example.com'], hints: { forZones: [{ name: 'a' }] } }]);
    const planned = planOf(mode('balanced'), [ofType('y', 'IPv6', both()), names, ofType('x', 'IPv4', both())]);
    expect(planned.verdicts.map(({ addressType, reason }) => [addressType, reason])).toEqual([
      ['FQDN', 'AddressTypeNotRouted'],
      ['IPv4', 'BalancedHintsSet'],
      ['IPv6', 'BalancedHintsSet'],
    ]);
    expect(planned.verdicts[0]).toEqual({
      addressType: 'FQDN',
      hinted: false,
      type: 'Normal',
      reason: 'AddressTypeNotRouted',
      message: 'Slices of names are left as they are, because no proxy routes to them, addressType: FQDN',
    });
    expect(planned.forecast.map(({ addressType, inZoneShare }) => [addressType, inZoneShare])).toEqual([
      ['FQDN', 0],
      ['IPv4', 1],
      ['IPv6', 1],
    ]);
    expect(planned.demand.map(({ addressType }) => addressType)).toEqual(['IPv4', 'IPv6']);
    expect(planned.slices.map(({ name, changed }) => [name, changed])).toEqual([
      ['n', false],
      ['x', true],
      ['y', true],
    ]);
    expect(planned.slices[0]?.endpoints[0]?.hints).toEqual({ forZones: [{ name: 'a' }] });
  });
});

describe('mistyped topology keys', () => {
  const keys = { 'slicehints.io/topology-keys': '*,rack' };
  const zones = [{ name: 'a' }];
  test.each<[string, EndpointSliceManifest[], boolean]>([
    ['hints for zones on one endpoint stay', [slice('x', [...ep('a'), ...ep('a', 1, { hints: { forZones: zones } })]), slice('y', [])], true], // prettier-ignore
    ['hints for nodes stay', [slice('x', ep('a', 1, { hints: { forNodes: [{ name: 'n1' }] } }))], true],
    ['hints for both stay', [slice('x', ep('a', 1, { hints: { forZones: zones, forNodes: [{ name: 'n1' }] } }))], true],
    ['empty hints count as none', [slice('x', ep('a', 1, { hints: { forZones: [] } }))], false],
    ['there may be none', [slice('x', ep('a'))], false],
  ])('%s', (_, slices, hinted) => {
    const planned = planOf(keys, slices);
    expect(planned.verdicts).toMatchObject([{ hinted, type: 'Warning', reason: 'InvalidTopologyKeys' }]);
    expect(planned.verdicts[0]?.message).toContain(', so hints stay as they are until it is corrected');
    expect(planned.patches).toEqual([]);
  });
});

describe('a Service whose traffic hints do not steer', () => {
  const headless = (annotations: Record<string, string>, slices: EndpointSliceManifest[]) =>
    planService({
      service: { metadata: { name: 'svc', namespace: 'ns', annotations }, spec: { clusterIP: 'None' } },
      slices,
      nodes: [n1, n2],
    });

  test('has the reason as a Normal finding where it has no slices', () => {
    expect(headless(mode('balanced'), []).warnings).toMatchObject([
      { reason: 'HeadlessService', type: 'Normal', hinted: false, addressType: '' },
    ]);
    expect(headless(mode('balanced'), [slice('x', ep('a'))]).warnings).toEqual([]);
  });
});

describe('hints that some nodes do not read', () => {
  const kubelet = (manifest: NodeManifest, kubeletVersion: string, os = 'linux'): NodeManifest => ({
    ...manifest,
    metadata: { ...manifest.metadata, labels: { ...manifest.metadata?.labels, 'kubernetes.io/os': os } },
    status: { ...manifest.status, nodeInfo: { kubeletVersion } },
  });

  test('are one Warning with a clause for each reason', () => {
    const nodes = [kubelet(n1, 'v1.33.0'), kubelet(n2, 'v1.36.0', 'windows')];
    const { warnings } = planOf(mode('same-node'), [slice('x', [...ep('a'), ...ep('b')])], { nodes });
    expect(warnings).toEqual([
      {
        addressType: '',
        hinted: false,
        type: 'Warning',
        reason: 'HintsNotRead',
        message: expect.stringMatching(/^Not all nodes read these hints: [^;]+; [^;]+$/),
      },
    ]);
  });

  test('are no Warning where there are none', () => {
    const nodes = [kubelet(n1, 'v1.36.0', 'windows'), n2];
    expect(planOf(mode('balanced'), [slice('x', [])], { nodes }).warnings).toEqual([]);
  });
});

test('slices are in the order of their names, however they were handed in', () => {
  const names = ['x', 'y', 'z'];
  const slices = names.map((name) => slice(name, [...ep('a'), ...ep('b')]));
  const orders = [slices, [...slices].reverse(), [slices[1]!, slices[2]!, slices[0]!]];
  const plans = orders.map((order) => planOf(mode('balanced'), order));
  for (const planned of plans) {
    expect(planned).toEqual(plans[0]);
    expect(planned.slices.map(({ name }) => name)).toEqual(names);
  }
});

describe('a plan', () => {
  const own = (made: EndpointSliceManifest): EndpointSliceManifest => ({
    ...made,
    metadata: { ...made.metadata, annotations: { 'slicehints.io/hints': 'v1' } },
  });
  const forZone = (name: string) => ({ hints: { forZones: [{ name }] } });
  const hinted = own(slice('x', [...ep('a', 1, forZone('a')), ...ep('b', 1, forZone('b'))]));

  test('tells a mode that is mistyped, and leaves hints as they are', () => {
    const planned = planOf({ 'slicehints.io/mode': 'balanecd' }, [hinted]);
    expect(planned.warnings.map(({ reason }) => reason)).toEqual(['InvalidAnnotation']);
    expect([planned.mode, planned.patches, planned.forecast]).toEqual(['off', [], []]);
  });

  test('in mode off takes away its own hints and its mark', () => {
    const [patch] = planOf({ 'slicehints.io/mode': 'off' }, [hinted]).patches;
    expect(patch?.patch.map(({ op, path }) => `${op} ${path}`)).toEqual(
      expect.arrayContaining(['remove /endpoints/0/hints', 'remove /endpoints/1/hints']),
    );
    expect(patch?.patch.some(({ op, path }) => op !== 'remove' && path.includes('annotations'))).toBe(false);
  });

  test('has the address types in order, whatever the names of the slices', () => {
    const six = {
      ...slice('a', [{ addresses: ['fd00::1'], conditions: { ready: true }, zone: 'a' }]),
      addressType: 'IPv6',
    };
    const planned = planOf(mode('same-zone'), [six, slice('z', [...ep('a'), ...ep('b')])]);
    expect(planned.verdicts.map(({ addressType }) => addressType)).toEqual(['IPv4', 'IPv6']);
    expect(planned.forecast.map(({ addressType }) => addressType)).toEqual(['IPv4', 'IPv6']);
  });

  test('with keys that are mistyped counts as hinted by one endpoint', () => {
    const half = slice('x', [...ep('a', 1, forZone('a')), ...ep('b')]);
    expect(planOf({ 'slicehints.io/topology-keys': 'a b' }, [half]).verdicts).toMatchObject([
      { hinted: true, reason: 'InvalidTopologyKeys' },
    ]);
  });

  test('tells nothing of nodes that read no hints where hints steer nothing', () => {
    const windows = [n1, n2].map((one) => ({
      ...one,
      metadata: { ...one.metadata, labels: { ...one.metadata?.labels, 'kubernetes.io/os': 'windows' } },
    }));
    const reasons = (clusterIP: string): string[] =>
      planService({
        service: { metadata: { name: 'svc', namespace: 'ns', annotations: mode('same-zone') }, spec: { clusterIP } },
        slices: [hinted],
        nodes: windows,
      }).warnings.map(({ reason }) => reason);
    expect([reasons('10.0.0.1'), reasons('None')]).toEqual([['HintsNotRead'], []]);
  });

  test.each<[string, Record<string, string>, boolean]>([
    ['balanced', mode('balanced'), true],
    ['auto, which may be balanced,', mode('Auto'), true],
    ['same-node', mode('same-node'), false],
  ])('in mode %s forecasts what nodes do without node hints: %s', (_, annotations, isThere) => {
    const named = (zone: string, name: string) => ({ hints: { forZones: [{ name: zone }], forNodes: [{ name }] } });
    const standing = slice('x', [...ep('a', 2, named('a', 'n1')), ...ep('b', 2, named('b', 'n2'))], ['http'], 'mesh');
    const planned = planOf(annotations, [standing], { settings: { managedBy: [], ignoreManagedBy: ['mesh'] } });
    expect(planned.forecast[0] !== undefined && 'withoutNodeHints' in planned.forecast[0]).toBe(
      isThere && planned.slices[0]!.endpoints[0]!.hints?.forNodes !== undefined,
    );
  });
});
