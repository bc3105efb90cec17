import { describe, expect, it, test } from 'vitest';
import { inTreeMode, syncInTree, type InTreeMode, type InTreeOutcome } from '../../../src/sandbox/inTree/hints.js';
import { summariseCluster, type ZoneShare } from '../../../src/model/cluster.js';
import type { EndpointManifest } from '../../../src/model/manifest.js';
import { readNode } from '../../../src/model/node.js';
import { readEndpoint, readSlice } from '../../../src/model/slice.js';
import { nodeManifest, readVectors, sliceManifest, type VectorNode, type VectorSlice } from '../../support/vectors.js';

const EQUAL: ZoneShare[] = ['a', 'b', 'c'].map((zone) => ({ zone, cpuMilli: 1000, share: 1 / 3 }));

interface Draft {
  readonly forZones?: readonly string[];
  readonly forNodes?: readonly string[];
  readonly ready?: boolean;
  readonly zone?: string;
}

let count = 0;

function endpoint(zone: string, { forZones, forNodes, ready = true }: Draft = {}): EndpointManifest {
  const named = (names: readonly string[]): { name: string }[] => names.map((name) => ({ name }));
  const hints = { ...(forZones && { forZones: named(forZones) }), ...(forNodes && { forNodes: named(forNodes) }) };
  return {
    addresses: [`10.0.0.${++count}`],
    conditions: { ready },
    ...(zone === '' ? {} : { zone }),
    nodeName: `node-${zone}`,
    ...(forZones || forNodes ? { hints } : {}),
  };
}

/** Nine endpoints, three in each zone, with the hints that `of` gives the endpoint of a zone. */
function nine(of: (zone: string, i: number) => Draft): EndpointManifest[] {
  return ['a', 'b', 'c'].flatMap((zone) => [0, 1, 2].map((i) => endpoint(zone, of(zone, i))));
}

function sync(
  mode: InTreeMode,
  endpoints: readonly EndpointManifest[],
  more: { populated?: boolean } = {},
): InTreeOutcome {
  return syncInTree({
    mode,
    shares: EQUAL,
    addressType: 'IPv4',
    slices: [{ changed: false, endpoints: endpoints.map((endpoint) => readEndpoint(endpoint)) }],
    populated: more.populated ?? false,
  });
}

const own = (zone: string): Draft => ({ forZones: [zone] });
const zonesOf = (outcome: InTreeOutcome): (readonly string[] | undefined)[] | undefined =>
  outcome.slices[0]?.hints.map((hints) => hints?.forZones);

describe('inTreeMode', () => {
  const mode = 'service.kubernetes.io/topology-mode';
  it.each<[Record<string, string>, string, InTreeMode]>([
    [{}, '', 'none'],
    [{ [mode]: 'Auto' }, '', 'auto'],
    [{ [mode]: 'auto' }, 'PreferSameZone', 'auto'],
    [{ [mode]: 'AUTO' }, '', 'none'],
    [{ [mode]: 'slicehints.io/balanced' }, '', 'none'],
    [{ [mode]: 'Disabled' }, 'PreferSameZone', 'same-zone'],
    [{ 'service.kubernetes.io/topology-aware-hints': 'Disabled', [mode]: 'Auto' }, '', 'none'],
    [{}, 'PreferClose', 'same-zone'],
    [{}, 'PreferSameNode', 'same-node'],
    [{}, 'Else', 'none'],
  ])('with annotations %j and trafficDistribution %j is %s', (annotations, trafficDistribution, expected) => {
    expect(inTreeMode({ annotations, trafficDistribution })).toBe(expected);
  });
});

describe('the in-tree controller, for hints that another wrote (the measured table)', () => {
  it.each<[string, InTreeMode, EndpointManifest[], 'kept' | 'stripped' | 'rewritten']>([
    ['a Service that says nothing: any hints', 'none', nine(own), 'stripped'],
    ['a Service that says nothing: hints for nodes', 'none', nine(() => ({ forNodes: ['n'] })), 'stripped'],
    ['PreferSameZone: own zone', 'same-zone', nine(own), 'kept'],
    ['PreferSameZone: another zone', 'same-zone', nine(() => own('a')), 'rewritten'],
    ['PreferSameZone: hints for nodes too', 'same-zone', nine((z) => ({ ...own(z), forNodes: ['n'] })), 'rewritten'],
    ['PreferSameNode: own zone and node', 'same-node', nine((z) => ({ ...own(z), forNodes: [`node-${z}`] })), 'kept'],
    ['PreferSameNode: own zone only', 'same-node', nine(own), 'rewritten'],
    ['Auto: own zone each', 'auto', nine(own), 'kept'],
    ['Auto: two zones swapped', 'auto', nine((z) => own(z === 'a' ? 'b' : z === 'b' ? 'a' : 'c')), 'kept'],
    ['Auto: hints for nodes added', 'auto', nine((z) => ({ ...own(z), forNodes: ['n'] })), 'kept'],
    ['Auto: all to one zone', 'auto', nine(() => own('a')), 'rewritten'],
    ['Auto: all zones on each endpoint', 'auto', nine(() => ({ forZones: ['a', 'b', 'c'] })), 'rewritten'],
    ['Auto: a zone that the cluster does not have', 'auto', nine((z) => own(z === 'c' ? 'x' : z)), 'rewritten'],
    ['Auto: one endpoint without hints', 'auto', nine((z, i) => (z === 'c' && i === 2 ? {} : own(z))), 'rewritten'],
    ['Auto that gives up: any hints', 'auto', [endpoint('a', own('a')), endpoint('b', own('b'))], 'stripped'],
    ['Auto with an endpoint without zone', 'auto', [...nine(() => ({})), endpoint('')], 'kept'],
    [
      'Auto: a hint on an endpoint that is not ready',
      'auto',
      [...nine(own), endpoint('a', { ...own('z'), ready: false })],
      'kept',
    ],
    [
      'PreferSameZone: a hint on an endpoint that is not ready',
      'same-zone',
      [endpoint('a', { ...own('z'), ready: false })],
      'kept',
    ],
  ])('%s', (_, mode, endpoints, expected) => {
    const outcome = sync(mode, endpoints);
    const before = endpoints.map((one) => readEndpoint(one).hints);
    expect(outcome.slices[0]?.written).toBe(expected !== 'kept');
    if (expected === 'kept') expect(outcome.slices[0]?.hints).toEqual(before);
    if (expected === 'stripped') expect(outcome.slices[0]?.hints).toEqual(endpoints.map(() => undefined));
    if (expected === 'rewritten') expect(zonesOf(outcome)).toEqual(endpoints.map(({ zone }) => [zone]));
  });
});

describe('what it says', () => {
  const disabled = (message: string): object[] => [
    { type: 'Warning', reason: 'TopologyAwareHintsDisabled', message: `${message}, addressType: IPv4` },
  ];

  it('says once that Auto works', () => {
    const first = sync('auto', nine(own));
    expect(first).toMatchObject({
      populated: true,
      events: [
        {
          type: 'Normal',
          reason: 'TopologyAwareHintsEnabled',
          message: 'Topology Aware Hints has been enabled, addressType: IPv4',
        },
      ],
    });
    expect(sync('auto', nine(own), { populated: true }).events).toEqual([]);
  });

  it('says on every sync why Auto does not work', () => {
    const endpoints = [endpoint('a'), endpoint('b')];
    for (const populated of [true, false]) {
      expect(sync('auto', endpoints, { populated })).toMatchObject({
        populated: false,
        events: disabled('Insufficient number of endpoints (2 endpoints, 3 zones)'),
      });
    }
    expect(sync('auto', [...nine(() => ({})), ...[1, 2, 3].map(() => endpoint(''))]).events).toEqual(
      disabled('One or more endpoints do not have a zone specified'),
    );
  });

  it('says once that Auto has ended', () => {
    expect(sync('none', nine(own), { populated: true })).toMatchObject({
      populated: false,
      events: disabled('Topology Aware Hints has been disabled'),
    });
    expect(sync('none', nine(own)).events).toEqual([]);
  });
});

describe('a slice that is written anyway', () => {
  it('is hinted afresh while the others stay', () => {
    const outcome = syncInTree({
      mode: 'auto',
      shares: EQUAL,
      addressType: 'IPv4',
      populated: true,
      slices: [
        { changed: true, endpoints: ['a', 'b', 'c'].map((zone) => readEndpoint(endpoint(zone))) },
        {
          changed: false,
          endpoints: ['a', 'b', 'c'].map((zone) => readEndpoint(endpoint(zone, { forZones: [zone] }))),
        },
      ],
    });
    expect(outcome.slices.map(({ written }) => written)).toEqual([true, false]);
    expect(zonesOf(outcome)).toEqual([['a'], ['b'], ['c']]);
  });
});

interface Vector {
  readonly id: string;
  readonly nodes: VectorNode[];
  readonly slices: VectorSlice[];
  readonly upstream: { enabled: boolean; message: string; perZone?: Record<string, number> }[];
}

describe('beside the answers of Kubernetes 1.36', () => {
  const vectors = ['auto-clean.jsonl', 'auto-dirty.jsonl'].flatMap((file) => readVectors<Vector>(file));

  test.each(vectors.map((vector) => [vector.id, vector] as const))('the model gives one of them (%s)', (_, vector) => {
    const cluster = summariseCluster(vector.nodes.map((node) => readNode(nodeManifest(node))));
    const slices = vector.slices.map((slice) => readSlice(sliceManifest(slice)));
    const outcome = syncInTree({
      mode: 'auto',
      shares: cluster.strictShares,
      addressType: 'IPv4',
      populated: false,
      slices: slices.map(({ endpoints }) => ({ changed: false, endpoints })),
    });
    const perZone: Record<string, number> = {};
    slices.forEach(({ endpoints }, s) =>
      endpoints.forEach(({ ready }, e) => {
        if (ready !== true) return;
        for (const zone of outcome.slices[s]?.hints[e]?.forZones ?? []) perZone[zone] = (perZone[zone] ?? 0) + 1;
      }),
    );
    const enabled = outcome.populated;
    const answers = vector.upstream.map((one) =>
      one.enabled ? { enabled: true, perZone: one.perZone } : { enabled: false, message: one.message },
    );
    expect(answers).toContainEqual(enabled ? { enabled, perZone } : { enabled, message: outcome.events[0]?.message });
  });
});
