import { describe, expect, test } from 'vitest';
import type { TopologyKey } from '../../../../src/hints/strategies/topologyKeys/annotation.js';
import type { Outcome } from '../../../../src/hints/strategies/topologyKeys/compiler.js';
import { judgeTopology, type Findings } from '../../../../src/hints/strategies/topologyKeys/verdict.js';
import type { EndpointHints } from '../../../../src/model/hints.js';
import { node } from '../../../support/topologyKeysVectors.js';
import { listsOf } from './lists.js';

const ZONE = 'topology.kubernetes.io/zone';
const HOST = 'kubernetes.io/hostname';
const label = (name: string, outside = false): TopologyKey => ({ kind: 'label', label: name, outside });

/** One node: how it fares, what it selects at which key, and what it uses. */
interface Fate {
  readonly outcome: Outcome;
  readonly selected?: readonly number[];
  readonly level?: number;
  readonly usable?: readonly number[];
  readonly labels?: Readonly<Record<string, string>>;
}

function judged(
  fates: readonly Fate[],
  { keys = [label(ZONE)], strict = false, hints = [{ forZones: ['a'] }], ...more }: Partial<Findings> & { keys?: readonly TopologyKey[]; strict?: boolean; hints?: readonly EndpointHints[] } = {}, // prettier-ignore
): { reason: string; type: string; hinted: boolean; sentence: string } {
  const { message, reason, type, hinted } = judgeTopology({
    asked: { keys, strict },
    nodes: fates.map(({ labels = { [ZONE]: 'a' } }, i) => node(`n${i}`, labels)),
    selections: fates.map(({ selected = [], level = 0 }) => ({ endpoints: selected, level })),
    compilation: {
      score: {} as never,
      hints,
      uses: { sets: listsOf(fates.map(({ usable = [] }) => usable)), setOf: Int32Array.from(fates.keys()) },
      outcomes: fates.map(({ outcome }) => outcome),
    },
    hinted: true,
    zonesOnly: false,
    endpointCount: 4,
    addressType: 'IPv4',
    ...more,
  });
  return { reason, type, hinted, sentence: message.replace(/, addressType: IPv4$/, '') };
}

const exact: Fate = { outcome: 'exact' };

describe('the worst outcome of a node gives the reason', () => {
  test.each<[string, Outcome[], string, string]>([
    ['all exact', ['exact', 'exact'], 'TopologyKeysExact', 'Normal'],
    ['one uses less than it wants', ['exact', 'narrowed'], 'TopologyKeysNarrowed', 'Normal'],
    ['one has nothing that it wants', ['narrowed', 'softened'], 'HardAffinityNotEnforceable', 'Warning'],
    ['one uses what it does not want', ['leaking', 'softened', 'narrowed'], 'TopologyKeysLeaking', 'Warning'],
  ])('%s', (_, outcomes, reason, type) => {
    expect(judged(outcomes.map((outcome) => ({ outcome })))).toMatchObject({ reason, type, hinted: true });
  });

  test('strict keys that are not exact get no hints, with what they would come to', () => {
    const { reason, type, hinted, sentence } = judged([exact, { outcome: 'narrowed' }], { strict: true });
    expect({ reason, type, hinted }).toEqual({ reason: 'TopologyKeysNotExact', type: 'Warning', hinted: false });
    expect(sentence).toMatch(
      /^No hints, as "topology.kubernetes.io\/zone" is strict and cannot be exact; with hints: /,
    );
    expect(judged([exact], { strict: true }).reason).toBe('TopologyKeysExact');
  });
});

describe('the sentence', () => {
  test.each<[string, Fate[], Parameters<typeof judged>[1], string]>([
    ['of one node', [exact], {}, 'The one node uses exactly the endpoints that "topology.kubernetes.io/zone" selects'],
    [
      'without any hints',
      [exact, exact],
      { hinted: false },
      'All 2 nodes use exactly the endpoints that "topology.kubernetes.io/zone" selects, without any hints',
    ],
    [
      'of a node without an endpoint in its domain',
      [exact, { outcome: 'softened', level: -1, usable: [0, 1, 2, 3] }],
      {},
      'node n1 has no endpoint in topology.kubernetes.io/zone=a and will use all 4 (exact: 1, softened: 1)',
    ],
    [
      'of nodes without any of the labels',
      [1, 2].map(() => ({ outcome: 'softened', level: -1, usable: [0], labels: {} })),
      { keys: [label('rack'), label('row')] },
      'nodes n0, n1 have none of the labels rack, row and will use 1 of 4 (softened: 2)',
    ],
    [
      'of a node that uses a part of its domain',
      [{ outcome: 'narrowed', selected: [0, 1, 2], usable: [0] }],
      {},
      'node n0 uses 1 of 3 endpoints in topology.kubernetes.io/zone=a (narrowed: 1)',
    ],
    [
      'of nodes that use different parts of it',
      [
        { outcome: 'narrowed', selected: [0, 1, 2], usable: [0] },
        { outcome: 'narrowed', selected: [0, 1, 2], usable: [1, 2] },
      ],
      {},
      'nodes n0, n1 use 1 to 2 of 3 endpoints in topology.kubernetes.io/zone=a each (narrowed: 2)',
    ],
    [
      'of a node that leaks',
      [{ outcome: 'leaking', selected: [0] }],
      {},
      'node n0 leaks to other endpoints, as the one endpoint in topology.kubernetes.io/zone=a cannot name it too (leaking: 1)',
    ],
    [
      'by zone hints only',
      [{ outcome: 'narrowed', selected: [0, 1], usable: [0] }],
      { zonesOnly: true },
      'node n0 uses 1 of 2 endpoints in topology.kubernetes.io/zone=a (narrowed: 1); by zone hints only, as this API server stores no node hints',
    ],
  ])('%s', (_, fates, more, sentence) => {
    expect(judged(fates, more).sentence).toBe(sentence);
  });

  test('tells how many endpoints a domain needs where more nodes compete for them than they can name', () => {
    const selected = [0];
    const fates = Array.from({ length: 10 }, (): Fate => ({ outcome: 'leaking', selected }));
    expect(judged(fates).sentence).toContain('(10 nodes need 2 endpoints there, 8 nodes each; or give the domain a zone of its own)'); // prettier-ignore
    // Nodes that have their names already compete too.
    const named = [{ outcome: 'exact', selected } as const, ...fates.slice(0, 8)];
    expect(judged(named, { hints: [{ forNodes: ['n0'] }] }).sentence).toContain('(9 nodes need 2 endpoints there');
    expect(judged(named).sentence).not.toContain('need');
  });

  test.each<[string, TopologyKey, Record<string, string>, string]>([
    ['on the same node', label(HOST), { [HOST]: 'n0' }, 'on the same node'],
    ['on another node', label(HOST, true), { [HOST]: 'n0' }, 'on another node'],
    ['outside of a rack', label('rack', true), { rack: 'r1' }, 'outside rack=r1'],
    ['anywhere', { kind: 'any' }, {}, 'anywhere'],
    ['on the node, by name', { kind: 'node' }, {}, 'on the same node'],
    ['in a pool', { kind: 'pool' }, { 'apps.openyurt.io/nodepool': 'p' }, 'in openyurt.io/nodepool=p'],
    ['alone, in no pool', { kind: 'pool' }, {}, 'on the same node'],
  ])('names the domain: %s', (_, key, labels, domain) => {
    const fate: Fate = { outcome: 'narrowed', selected: [0, 1], usable: [0], labels };
    expect(judged([fate], { keys: [key] }).sentence).toBe(`node n0 uses 1 of 2 endpoints ${domain} (narrowed: 1)`);
  });

  test('a node that selects nothing is told of its widest domain', () => {
    const keys = [label('rack'), label(ZONE), label('none')];
    const fate: Fate = { outcome: 'softened', level: -1, usable: [0], labels: { rack: 'r', [ZONE]: 'z' } };
    expect(judged([fate], { keys }).sentence).toContain('no endpoint in topology.kubernetes.io/zone=z');
  });

  test('spells out three groups, the largest first, and five names of each; the rest is counted', () => {
    const group = (rack: string, size: number): Fate[] =>
      Array.from({ length: size }, () => ({ outcome: 'softened', level: -1, usable: [0], labels: { rack } }));
    const fates = [...group('a', 1), ...group('b', 7), ...group('c', 2), ...group('d', 1), ...group('e', 1)];
    expect(judged(fates, { keys: [label('rack')] }).sentence).toBe(
      [
        'nodes n1, n2, n3, n4, n5 and 2 more have no endpoint in rack=b and will use 1 of 4',
        'nodes n8, n9 have no endpoint in rack=c and will use 1 of 4',
        'node n0 has no endpoint in rack=a and will use 1 of 4',
        '2 more nodes are softened alike (softened: 12)',
      ].join('; '),
    );
  });

  test('comes with what leaks first, then what is softened, then what is narrowed', () => {
    const fates: Fate[] = [
      { outcome: 'narrowed', selected: [0, 1], usable: [0] },
      { outcome: 'softened', level: -1, usable: [0] },
      { outcome: 'leaking', selected: [0] },
    ];
    expect(judged(fates).sentence).toMatch(/^node n2 leaks .*; node n1 has no endpoint .*; node n0 uses .* \(narrowed: 1, softened: 1, leaking: 1\)$/); // prettier-ignore
  });

  test('shows at most 200 characters of the keys', () => {
    const keys = [label(`rack/${'x'.repeat(300)}`)];
    expect(judged([exact], { keys }).sentence.length).toBeLessThan(260);
  });
});
