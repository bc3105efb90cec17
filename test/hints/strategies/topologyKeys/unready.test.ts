import { describe, expect, test } from 'vitest';
import type { TopologyKey } from '../../../../src/hints/strategies/topologyKeys/annotation.js';
import { PLACEHOLDER, type EndpointHints } from '../../../../src/model/hints.js';
import { EndpointDomains } from '../../../../src/hints/strategies/topologyKeys/selection.js';
import { UnreadyHints } from '../../../../src/hints/strategies/topologyKeys/unready.js';
import type { NodeRecord } from '../../../../src/model/node.js';
import { endpoint, node } from '../../../support/topologyKeysVectors.js';

const ZONE = 'topology.kubernetes.io/zone';
const HOST = 'kubernetes.io/hostname';
const label = (name: string): TopologyKey => ({ kind: 'label', label: name, outside: false });
const BY_ZONE = [label(ZONE), { kind: 'any' }] as const;
const BY_HOST = [label(HOST), { kind: 'any' }] as const;

/** Nodes named after their zone. */
const nodes = ['a1', 'a2', 'a3', 'b1', 'b2'].map((name) => node(name, { [ZONE]: name[0]!, [HOST]: name }));

/**
 * The hints of the last endpoint, which is not ready, on `place`.
 * @param ready each ready endpoint by its node and hints
 */
function hintsOf(
  keys: readonly TopologyKey[],
  ready: readonly (readonly [string, EndpointHints | undefined])[],
  place: string,
  { has, natural = {} }: { has?: EndpointHints; natural?: Readonly<Record<string, NodeRecord>> } = {},
): EndpointHints | undefined {
  const endpoints = [
    ...ready.map(([on], i) => endpoint(`10.0.0.${i}`, on)),
    { ...endpoint('10.0.0.9', place, false), hints: has },
  ];
  const positions = ready.map((_, i) => i);
  const domains = EndpointDomains.of(keys, nodes, endpoints, positions);
  const unready = new UnreadyHints({
    nodes,
    selections: nodes.map((one) => domains.select(one)),
    natural: new Map(
      Object.entries(natural).map(([zone, one]) => [zone, { node: one, selection: domains.select(one) }]),
    ),
    hints: ready.map(([, hints]) => hints),
    domains,
  });
  return unready.of(endpoints.at(-1)!, endpoints.length - 1);
}

const zones = (...forZones: string[]): EndpointHints => ({ forZones });
const named = (...forNodes: string[]): EndpointHints => ({ forNodes });

describe('an endpoint that is not ready gets the hints that it would have if it were', () => {
  test('none, where the others have none', () => {
    expect(hintsOf(BY_ZONE, [['a1', undefined]], 'a2')).toBeUndefined();
  });

  test('the zone whose nodes would use it beside those that they use now', () => {
    expect(hintsOf(BY_ZONE, [['a1', zones('a')], ['b1', zones('b')]], 'a2')).toEqual(zones('a')); // prettier-ignore
  });

  test('a zone that has no endpoint yet, where all of its nodes would prefer it', () => {
    expect(hintsOf(BY_ZONE, [['a1', zones('a')]], 'b1')).toEqual(zones('b'));
  });

  test('the placeholder, where nobody would use it, so that the hints of the others stay in force', () => {
    expect(hintsOf([label(ZONE)], [['a1', zones('a')], ['b1', zones('b')]], 'elsewhere')).toEqual(zones(PLACEHOLDER)); // prettier-ignore
  });

  test('not a zone of which at most half of the nodes would use it', () => {
    // Of zone a, a1 and a2 have endpoints of their own, so only a3 would use one on a3.
    const ready = [['a1', zones('a')], ['a2', zones('a')], ['b1', zones('b')]] as const; // prettier-ignore
    expect(hintsOf([label(HOST), label(ZONE)], ready, 'a3')).toEqual(zones(PLACEHOLDER));
  });

  test('that zone too, where a new node would select what the zone has, and this endpoint', () => {
    const ready = [['a1', zones('a')], ['a2', zones('a')], ['b1', zones('b')]] as const; // prettier-ignore
    const natural = { a: node('new', { [ZONE]: 'a' }) };
    expect(hintsOf([label(HOST), label(ZONE)], ready, 'a3', { natural })).toEqual(zones('a'));
    expect(hintsOf([label(HOST), label(ZONE)], ready.slice(1), 'b2', { natural })).toEqual(zones(PLACEHOLDER));
  });

  test('the name of the node that would prefer it', () => {
    expect(hintsOf(BY_HOST, [['a1', named('a1')], ['a2', named('a2')]], 'a3')).toEqual(named('a3')); // prettier-ignore
  });

  test('no more than eight names, those that it has now before others', () => {
    const many = Array.from({ length: 12 }, (_, i) => `n${String(i).padStart(2, '0')}`);
    const all = many.map((name) => node(name, { rack: 'r' }));
    const endpoints = [endpoint('10.0.0.1', 'n00'), { ...endpoint('10.0.0.9', 'n01', false), hints: named('n11') }];
    const domains = EndpointDomains.of([label('rack')], all, endpoints, [0]);
    const unready = new UnreadyHints({
      nodes: all,
      selections: all.map((one) => domains.select(one)),
      natural: new Map(),
      // Each goes by name, so that none of them is left with this endpoint alone.
      hints: [named(...many)],
      domains,
    });
    expect(unready.of(endpoints[1]!, 1)?.forNodes).toEqual(['n00', 'n01', 'n02', 'n03', 'n04', 'n05', 'n06', 'n11']);
  });

  test('no name of a node that goes by its zone and would use it beside others', () => {
    const ready = [['a1', { forZones: ['a'], forNodes: ['b1'] }], ['b1', { forZones: ['b'], forNodes: [PLACEHOLDER] }]] as const; // prettier-ignore
    expect(hintsOf(BY_ZONE, ready, 'a2')).toEqual({ forZones: ['a'], forNodes: [PLACEHOLDER] });
  });
});
