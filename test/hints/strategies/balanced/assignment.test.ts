import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { assign, changedSurvivors, sortByAddress } from '../../../../src/hints/strategies/balanced/assignment.js';
import { byHomeAndZones, classify } from '../../../../src/hints/strategies/balanced/classification.js';
import type { LayoutGroup } from '../../../../src/hints/strategies/balanced/problem.js';
import type { EndpointManifest } from '../../../../src/model/manifest.js';
import { readEndpoint, type EndpointRecord } from '../../../../src/model/slice.js';

const ZONES = ['a', 'b', 'c'];
const INDEX = new Map(ZONES.map((zone, i) => [zone, i]));
const endpoint = (address: string, zone: string, forZones?: readonly string[], ready = true): EndpointManifest => ({
  addresses: [address],
  zone,
  conditions: { ready },
  ...(forZones === undefined ? {} : { hints: { forZones: forZones.map((name) => ({ name })) } }),
});
const record = (given: EndpointManifest): EndpointRecord => readEndpoint(given);
const group = (home: number, zones: number[], count: number): LayoutGroup => ({ home, zones, count });

/** The zones that each endpoint is given, by address. */
function given(records: readonly EndpointRecord[], groups: readonly LayoutGroup[], sliceOf = records.map(() => 0)) {
  const classification = classify(records, INDEX);
  const classes = assign(classification, groups, records, sliceOf);
  return new Map(records.map(({ address }, i) => [address, classification.table.classes[classes[i]!]!.zones.join()]));
}
const changes = (records: readonly EndpointRecord[], groups: readonly LayoutGroup[]): number =>
  changedSurvivors(classify(records, INDEX), groups);

/** 24 endpoints in two zones and as many slices, some of them hinted. */
const hinted = Array.from({ length: 24 }, (_, i) =>
  record(endpoint(`10.0.${i % 5}.${i}`, ZONES[i % 2]!, i % 3 === 0 ? undefined : [ZONES[i % 2]!])),
);
const LAYOUT = [group(0, [0], 7), group(0, [0, 2], 5), group(1, [1], 9), group(1, [2], 3)];

describe('assign', () => {
  test('gives the classes the sizes of the layout', () => {
    const classification = classify(hinted, INDEX);
    const classes = assign(classification, LAYOUT, hinted, hinted.map((_, i) => i % 4)); // prettier-ignore
    const counts = new Map<number, number>();
    for (const id of classes) counts.set(id, (counts.get(id) ?? 0) + 1);
    const groups = [...counts].map(([id, count]) => ({ ...classification.table.classes[id]!, count }));
    expect(groups.sort(byHomeAndZones)).toMatchObject([...LAYOUT].sort(byHomeAndZones));
  });

  test('changes nothing where the layout is there already', () => {
    const records = ['a', 'b'].map((zone, i) => record(endpoint(`10.0.0.${i}`, zone, [zone])));
    const classification = classify(records, INDEX);
    const classes = assign(classification, [group(0, [0], 1), group(1, [1], 1)], records, [0, 0]);
    expect(classes).toBe(classification.classOf);
  });

  test('moves no more endpoints that have hints than must move', () => {
    const records = Array.from({ length: 6 }, (_, i) => record(endpoint(`10.0.0.${i}`, 'a', ['a'])));
    const zones = [...given(records, [group(0, [0], 4), group(0, [1], 2)]).values()];
    expect(zones.sort()).toEqual(['0', '0', '0', '0', '1', '1']);
    expect(changes(records, [group(0, [0], 4), group(0, [1], 2)])).toBe(2);
  });

  test('moves those of one slice where that suffices, of the slice that changes anyway before others', () => {
    const records = Array.from({ length: 6 }, (_, i) => record(endpoint(`10.0.0.${i}`, 'a', i === 4 ? undefined : ['a']))); // prettier-ignore
    const sliceOf = [0, 0, 0, 1, 1, 1];
    // The endpoint without hints lies in slice 1, and so do the two that move.
    const zones = given(records, [group(0, [0], 4), group(0, [1], 2)], sliceOf);
    expect(['10.0.0.0', '10.0.0.1', '10.0.0.2'].map((address) => zones.get(address))).toEqual(['0', '0', '0']);
  });

  test('leaves endpoints that are not ready in their class', () => {
    const records = [record(endpoint('10.0.0.1', 'a', ['b'], false)), record(endpoint('10.0.0.2', 'a', ['b']))];
    expect([...given(records, [group(0, [0], 1)])]).toEqual([
      ['10.0.0.1', '1'],
      ['10.0.0.2', '0'],
    ]);
  });

  test('does not depend on the order of the endpoints', () => {
    const shuffled = fc.shuffledSubarray(hinted, { minLength: hinted.length });
    const expected = [...given(hinted, LAYOUT)].sort();
    fc.assert(
      fc.property(shuffled, (records) => {
        expect([...given(records, LAYOUT)].sort()).toEqual(expected);
      }),
    );
  });

  test('does not depend on it for hundreds that move at once either', () => {
    const many = Array.from({ length: 300 }, (_, i) => record(endpoint(`10.${i % 7}.${i >> 4}.${i}`, 'a')));
    const layout = [group(0, [0], 100), group(0, [1], 120), group(0, [2], 80)];
    const forwards = given(many, layout);
    expect([...given([...many].reverse(), layout)].sort()).toEqual([...forwards].sort());
    const counts = ['0', '1', '2'].map((zone) => [...forwards.values()].filter((own) => own === zone).length);
    expect(counts).toEqual([100, 120, 80]);
  });
});

describe('how many hints that hold would change', () => {
  const records = ['a', 'a', 'b'].map((zone, i) => record(endpoint(`10.0.0.${i}`, zone, [zone])));
  test.each<[string, EndpointRecord[], LayoutGroup[], number]>([
    ['none where all stay', records, [group(0, [0], 2), group(1, [1], 1)], 0],
    ['those of a class that gets smaller', records, [group(0, [0], 1), group(0, [1], 1), group(1, [1], 1)], 1],
    ['all of a class that goes', records, [group(0, [2], 2), group(1, [1], 1)], 2],
    ['none of endpoints without hints', [record(endpoint('10.0.0.1', 'a'))], [group(0, [0], 1)], 0],
  ])('%s', (_, own, groups, expected) => {
    expect(changes(own, groups)).toBe(expected);
  });
});

test('the order by address is that of no input, for few and for many, also where hashes are equal', () => {
  // FNV over the last eight characters: these differ before them alone.
  const alike = ['1.10.244.10.24', '2.10.244.10.24', '3.10.244.10.24'];
  for (const count of [5, 100]) {
    const addresses = [...alike, ...Array.from({ length: count }, (_, i) => `10.0.0.${i}`)];
    const records = addresses.map((address) => record(endpoint(address, 'a')));
    const order = (list: number[]): string[] => {
      sortByAddress(list, records);
      return list.map((i) => records[i]!.address);
    };
    const forwards = order(records.map((_, i) => i));
    expect(order(records.map((_, i) => records.length - 1 - i))).toEqual(forwards);
    expect([...forwards].sort()).toEqual([...addresses].sort());
    expect(forwards.filter((address) => alike.includes(address))).toEqual(alike);
  }
});
