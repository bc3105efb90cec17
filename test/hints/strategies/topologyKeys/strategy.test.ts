import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import type { Decision } from '../../../../src/hints/strategy.js';
import { topologyKeys } from '../../../../src/hints/strategies/topologyKeys/strategy.js';
import { usableByRule } from '../../../../src/kubeproxy/rule.js';
import { summariseCluster } from '../../../../src/model/cluster.js';
import { isCounted, type NodeRecord } from '../../../../src/model/node.js';
import { readService } from '../../../../src/model/service.js';
import type { EndpointRecord } from '../../../../src/model/slice.js';
import { strategyInput } from '../../../support/strategyInput.js';
import { endpoint, node, topologyKeysVectors } from '../../../support/topologyKeysVectors.js';

const KEYS = 'slicehints.io/topology-keys';
const STRICT = 'slicehints.io/topology-keys-strict';
const ZONE = 'topology.kubernetes.io/zone';
const HOST = 'kubernetes.io/hostname';

function decide(
  annotations: Record<string, string>,
  nodes: readonly NodeRecord[],
  endpoints: readonly EndpointRecord[],
): Decision {
  return topologyKeys.decide(
    strategyInput({
      service: readService({ metadata: { namespace: 'ns', name: 'svc', annotations }, spec: {} }),
      addressType: 'IPv4',
      endpoints,
      cluster: summariseCluster(nodes),
    }),
  );
}

/** Node → addresses that its kube-proxy uses. */
function views(
  nodes: readonly NodeRecord[],
  endpoints: readonly EndpointRecord[],
  hints: Decision['hints'],
): Record<string, string[]> {
  return Object.fromEntries(
    nodes.map((n) => [
      n.name,
      usableByRule(endpoints, hints, n)
        .map((i) => endpoints[i]!.address)
        .sort(),
    ]),
  );
}

const hinted = (endpoints: readonly EndpointRecord[], hints: Decision['hints']): EndpointRecord[] =>
  endpoints.map((record, i) => ({ ...record, hints: hints[i] }));

function asMap(endpoints: readonly EndpointRecord[], hints: Decision['hints']): Record<string, unknown> {
  return Object.fromEntries(endpoints.map((record, i) => [record.address, hints[i]]));
}

const vectors = topologyKeysVectors();

describe('the vectors', () => {
  test.each(vectors)('$id', ({ nodes, endpoints, topologyKeys: keys, anyLabel }) => {
    const annotations = { [KEYS]: keys.join(',') };
    const { verdict, hints } = decide(annotations, nodes, endpoints);
    const seen = views(nodes, endpoints, hints);
    const ready = endpoints.filter((record) => record.ready !== false);
    expect(verdict.message).toMatch(/, addressType: IPv4$/);
    expect(verdict.hinted).toBe(hints.some((hint) => hint !== undefined));
    if (ready.length === 0) {
      expect(verdict.reason).toBe('NoReadyEndpoints');
      return;
    }
    const differing = nodes.filter((n) => seen[n.name]!.join() !== [...anyLabel.sel[n.name]!].sort().join());
    expect(differing.map((n) => n.name).sort()).toEqual([...anyLabel.emptyNodes].sort());
    if (anyLabel.exact) expect(verdict).toMatchObject({ reason: 'TopologyKeysExact', type: 'Normal' });
    else {
      expect(verdict).toMatchObject({ reason: 'HardAffinityNotEnforceable', type: 'Warning' });
      expect(verdict.message).toContain(`softened: ${differing.length}`);
      // At most three groups of at most five names are spelt out, the others are counted.
      const spelt = differing.filter((n) => new RegExp(`\\b${n.name}\\b`).test(verdict.message));
      expect(spelt.length).toBeGreaterThanOrEqual(Math.min(differing.length, 3));
      for (const n of differing) expect(seen[n.name]!.length).toBeGreaterThan(0);
    }
    if (verdict.hinted) for (const hint of hints) expect(hint).toBeDefined();
    // Its own result is left as it is, and the order of the endpoints does not matter.
    const again = decide(annotations, nodes, hinted(endpoints, hints));
    expect(again.hints.every((hint, i) => hint === hints[i])).toBe(true);
    const backwards = decide(annotations, [...nodes].reverse(), [...endpoints].reverse());
    expect(asMap([...endpoints].reverse(), backwards.hints)).toEqual(asMap(endpoints, hints));
    expect(backwards.verdict).toEqual(verdict);
    // Strict: the same hints when they are exact, else none at all.
    const strict = decide({ ...annotations, [STRICT]: 'true' }, nodes, endpoints);
    if (anyLabel.exact) expect(strict).toMatchObject({ verdict, hints });
    else {
      expect(strict.verdict).toMatchObject({ reason: 'TopologyKeysNotExact', type: 'Warning', hinted: false });
      expect(strict.hints.every((hint) => hint === undefined)).toBe(true);
    }
  });
});

describe('messages', () => {
  const racks = ['r1', 'r2', 'r1', 'r2'].map((rack, i) => node(`n${i}`, { 'example.com/rack': rack, [HOST]: `n${i}` }));
  const on = (...names: string[]): EndpointRecord[] => names.map((name, i) => endpoint(`10.0.0.${i}`, name, true));

  test.each([
    [
      'hard keys without a match',
      'example.com/rack',
      racks,
      on('n0', 'n2'),
      'HardAffinityNotEnforceable',
      'nodes n1, n3 have no endpoint in example.com/rack=r2 and will use all 2 (exact: 2, softened: 2), addressType: IPv4',
    ],
    [
      'one node without a match',
      `${HOST}`,
      racks.slice(0, 2),
      on('n0'),
      'HardAffinityNotEnforceable',
      'node n1 has no endpoint on the same node and will use all 1 (exact: 1, softened: 1), addressType: IPv4',
    ],
    [
      'a node that lacks all labels',
      'example.com/rack,example.com/hall',
      [...racks.slice(0, 2), node('bare')],
      on('n0', 'n1'),
      'HardAffinityNotEnforceable',
      'node bare has none of the labels example.com/rack, example.com/hall and will use all 2 (exact: 2, softened: 1), addressType: IPv4',
    ],
    [
      'exact',
      'example.com/rack,*',
      racks,
      on('n0', 'n1'),
      'TopologyKeysExact',
      'All 4 nodes use exactly the endpoints that "example.com/rack,*" selects, addressType: IPv4',
    ],
    [
      'exact without hints',
      '*',
      racks,
      on('n0', 'n2'),
      'TopologyKeysExact',
      'All 4 nodes use exactly the endpoints that "*" selects, without any hints, addressType: IPv4',
    ],
    [
      'no nodes',
      '*',
      [],
      on('n0'),
      'NoNodes',
      'No node is known, so that no topology key can be read, addressType: IPv4',
    ],
  ])('%s', (_, keys, nodes, endpoints, reason, message) => {
    expect(decide({ [KEYS]: keys }, nodes, endpoints).verdict).toMatchObject({ reason, message });
  });

  test('narrowed and leaking groups are counted and named', () => {
    const pools = (sizes: Record<string, number>): NodeRecord[] =>
      Object.entries(sizes).flatMap(([pool, size]) =>
        Array.from({ length: size }, (_, i) => node(`${pool}-${String(i).padStart(2, '0')}`, { pool })),
      );
    const narrowed = decide({ [KEYS]: 'pool,*' }, pools({ a: 30, b: 20 }), on('a-00', 'a-01', 'b-00', 'b-01', 'b-02'));
    expect(narrowed.verdict).toMatchObject({
      reason: 'TopologyKeysNarrowed',
      type: 'Normal',
      message:
        'nodes b-00, b-01, b-02, b-03, b-04 and 15 more use 1 of 3 endpoints in pool=b each (exact: 30, narrowed: 20), addressType: IPv4',
    });
    const leaking = decide({ [KEYS]: 'pool,*' }, pools({ a: 30, b: 10 }), on('a-00', 'a-01', 'b-00'));
    expect(leaking.verdict).toMatchObject({
      reason: 'TopologyKeysLeaking',
      type: 'Warning',
      message:
        'nodes b-08, b-09 leak to other endpoints, as the one endpoint in pool=b cannot name them too ' +
        '(10 nodes need 2 endpoints there, 8 nodes each; or give the domain a zone of its own) ' +
        '(exact: 38, leaking: 2), addressType: IPv4',
    });
    const strict = decide({ [KEYS]: 'pool,*', [STRICT]: 'true' }, pools({ a: 30, b: 10 }), on('a-00', 'a-01', 'b-00'));
    expect(strict.verdict.message).toMatch(
      /^No hints, as "pool,\*" is strict and cannot be exact; with hints: nodes b-08/,
    );
  });
});

describe('what the hints look like', () => {
  const nodes = [
    ...['a1', 'a2', 'a3'].map((name) => node(name, { [ZONE]: 'a', [HOST]: name })),
    ...['b1', 'b2', 'b3'].map((name) => node(name, { [ZONE]: 'b', [HOST]: name })),
  ];
  const endpoints = [endpoint('1', 'a1', true), endpoint('2', 'b1', true), endpoint('3', 'b2', true)];

  test.each([
    [
      'zone, then anywhere: zone hints',
      `${ZONE},*`,
      { 1: { forZones: ['a'] }, 2: { forZones: ['b'] }, 3: { forZones: ['b'] } },
    ],
    [
      'node, then anywhere: node hints, no zones',
      `${HOST},*`,
      { 1: { forNodes: ['a1'] }, 2: { forNodes: ['b1'] }, 3: { forNodes: ['b2'] } },
    ],
    [
      'node, zone, anywhere: both, as PreferSameNode',
      `${HOST},${ZONE},*`,
      {
        1: { forZones: ['a'], forNodes: ['placeholder.invalid'] },
        2: { forZones: ['b'], forNodes: ['b1'] },
        3: { forZones: ['b'], forNodes: ['b2'] },
      },
    ],
  ])('%s', (_, keys, expected) => {
    const { hints } = decide({ [KEYS]: keys }, nodes, endpoints);
    expect(asMap(endpoints, hints)).toEqual(expected);
  });

  test('an endpoint that nobody selects still carries a hint, and the empty zone name reaches nodes without a zone', () => {
    const unlabelled = Array.from({ length: 12 }, (_, i) => node(`u${i}`, { pool: i < 9 ? 'p' : 'q' }));
    const records = [endpoint('1', 'u0', true), endpoint('2', 'u9', true), endpoint('3', '', true)];
    const { hints } = decide({ [KEYS]: 'pool' }, unlabelled, records);
    expect(asMap(records, hints)).toEqual({
      1: { forZones: [''], forNodes: ['placeholder.invalid'] },
      2: { forZones: ['placeholder.invalid'], forNodes: ['u10', 'u11', 'u9'] },
      3: { forZones: ['placeholder.invalid'], forNodes: ['placeholder.invalid'] },
    });
  });

  test('outside my own zone: each zone gets the endpoints of the others', () => {
    const { hints, verdict } = decide({ [KEYS]: `!${ZONE}` }, nodes, endpoints);
    expect(verdict.reason).toBe('TopologyKeysExact');
    expect(views(nodes, endpoints, hints)).toMatchObject({ a1: ['2', '3'], b1: ['1'] });
  });
});

describe('readiness', () => {
  const nodes = ['a', 'a', 'b', 'b'].map((zone, i) => node(`n${i}`, { [ZONE]: zone, [HOST]: `n${i}` }));
  const keyLists = [`${ZONE},*`, `${HOST},*`, `${HOST},${ZONE},*`, ZONE, `!${ZONE},*`];

  test('an endpoint that is not ready has the hints it would have if it were', () => {
    const records = ['n0', 'n1', 'n2', 'n3'].map((name, i) => endpoint(`${i}`, name, i !== 1));
    expect(decide({ [KEYS]: `${HOST},${ZONE},*` }, nodes, records).hints[1]).toEqual({
      forZones: ['a'],
      forNodes: ['n1'],
    });
    expect(decide({ [KEYS]: `${ZONE},*` }, nodes, records).hints[1]).toEqual({ forZones: ['a'] });
    expect(decide({ [KEYS]: `${HOST},*` }, nodes, records).hints[1]).toEqual({ forNodes: ['n1'] });
  });

  test('the only endpoint of a zone keeps its zone while it is not ready', () => {
    const records = [endpoint('1', 'n0', true), endpoint('2', 'n2', false)];
    expect(decide({ [KEYS]: `${ZONE},*` }, nodes, records).hints).toEqual([{ forZones: ['a'] }, { forZones: ['b'] }]);
  });

  test('whichever endpoint becomes ready: no ready endpoint is without hints, no node without endpoints', () => {
    const drawn = fc.array(
      fc.record({ on: fc.constantFrom('', 'n0', 'n1', 'n2', 'n3', 'gone'), ready: fc.boolean() }),
      {
        minLength: 1,
        maxLength: 6,
      },
    );
    fc.assert(
      fc.property(drawn, fc.constantFrom(...keyLists), (list, keys) => {
        const records = list.map(({ on, ready }, i) => endpoint(`10.0.0.${i}`, on, ready));
        const { hints, verdict } = decide({ [KEYS]: keys }, nodes, records);
        expect(hints.every((hint) => (hint !== undefined) === verdict.hinted)).toBe(true);
        const again = decide({ [KEYS]: keys }, nodes, hinted(records, hints));
        expect(again.hints.every((hint, i) => hint === hints[i])).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  test('planning again changes nothing, also where endpoints are few for many nodes and some are not ready', () => {
    const many = Array.from({ length: 80 }, (_, i) =>
      node(`m${String(i).padStart(2, '0')}`, {
        pool: `p${i % 4}`,
        [HOST]: `m${i}`,
        [ZONE]: `z${Math.floor(i / 4) % 3}`,
      }),
    );
    const drawn = fc.array(fc.record({ on: fc.nat(79), ready: fc.boolean() }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(drawn, fc.constantFrom('pool,*', 'pool', '!pool,*', `${HOST},pool,*`), (list, keys) => {
        const records = list.map(({ on, ready }, i) => endpoint(`10.0.0.${i}`, many[on]!.name, ready));
        const first = decide({ [KEYS]: keys }, many, records);
        const again = decide({ [KEYS]: keys }, many, hinted(records, first.hints));
        expect(again.hints.every((hint, i) => hint === first.hints[i])).toBe(true);
        expect(first.hints.every((hint) => (hint !== undefined) === first.verdict.hinted)).toBe(true);
      }),
      { numRuns: 150 },
    );
  });

  test('while nothing is ready, hints are made for when all are', () => {
    const records = [endpoint('1', 'n0', false), endpoint('2', 'n2', false)];
    const { hints, verdict } = decide({ [KEYS]: `${ZONE},*` }, nodes, records);
    expect(hints).toEqual([{ forZones: ['a'] }, { forZones: ['b'] }]);
    expect(verdict).toMatchObject({ reason: 'NoReadyEndpoints', type: 'Normal', hinted: true });
  });

  test('nodes that take no workload are served too', () => {
    const control = node('control', { [ZONE]: 'c', 'node-role.kubernetes.io/control-plane': '' });
    expect(isCounted(control)).toBe(false);
    const { verdict } = decide({ [KEYS]: ZONE }, [...nodes, control], [endpoint('1', 'n0'), endpoint('2', 'n2')]);
    expect(verdict.message).toMatch(
      /^node control has no endpoint in topology.kubernetes.io\/zone=c and will use all 2/,
    );
  });
});

describe('OpenYurt', () => {
  const pool = (name: string, value: string): NodeRecord => node(name, { 'apps.openyurt.io/nodepool': value });
  const nodes = [pool('bj1', 'beijing'), pool('hz1', 'hangzhou'), pool('hz2', 'hangzhou'), pool('sh1', 'shanghai'), pool('sh2', 'shanghai')]; // prettier-ignore
  const endpoints = ['hz1', 'hz2', 'sh1', 'sh2'].map((name) => endpoint(`10.0.0.${name}`, name, true));

  test("the experiment of its documentation: shanghai reaches shanghai, beijing's empty pool is reported", () => {
    const { hints, verdict } = decide({ 'openyurt.io/topologyKeys': 'openyurt.io/nodepool' }, nodes, endpoints);
    const seen = views(nodes, endpoints, hints);
    expect(seen['sh1']).toEqual(['10.0.0.sh1', '10.0.0.sh2']);
    expect(seen['hz2']).toEqual(['10.0.0.hz1', '10.0.0.hz2']);
    expect(verdict).toMatchObject({
      reason: 'HardAffinityNotEnforceable',
      message:
        'node bj1 has no endpoint in openyurt.io/nodepool=beijing and will use all 4 (exact: 4, softened: 1), addressType: IPv4',
    });
  });
});
