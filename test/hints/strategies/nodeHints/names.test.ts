import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import {
  hasNames,
  namedTraffic,
  NameReader,
  namesOf,
  readNames,
} from '../../../../src/hints/strategies/nodeHints/names.js';
import { NOBODY } from '../../../../src/model/hints.js';
import type { EndpointRecord } from '../../../../src/model/slice.js';
import type { NodeShares } from '../../../../src/hints/strategies/nodeHints/nodes.js';
import { endpoint, sharesOf } from './problems.js';

const SHARES = sharesOf([[0.25, 0.25], [0.5]]);
const NINE = Array.from({ length: 9 }, (_, i) => `n${i}`);

test.each<[string, EndpointRecord, readonly string[], boolean]>([
  ['an endpoint with names', endpoint('1', 'a', ['a1', 'b1']), ['a1', 'b1'], true],
  ['an endpoint without hints', endpoint('1', 'a'), [], false],
  ['an endpoint with an empty list', endpoint('1', 'a', []), [], false],
  ['more names than the API allows', endpoint('1', 'a', NINE), [], false],
])('the names of nodes: %s', (_, one, names, has) => {
  expect([namesOf(one), hasNames([endpoint('2', 'a'), one])]).toEqual([names, has]);
});

describe('names', () => {
  test('are looked up once; those of nodes that left, and the placeholder, are below 0', () => {
    const endpoints = [
      endpoint('1', 'a', ['b1', 'gone', 'a2']),
      endpoint('2', 'a'),
      endpoint('3', 'b', NOBODY),
      endpoint('4', 'b', ['a2']),
    ];
    expect(new NameReader().read(endpoints, SHARES)).toEqual({
      nodes: [1, 2],
      names: [1, -1, 0, -1, 0],
      starts: [0, 3, 3, 4, 5],
    });
  });

  test('are the same whatever was read before, of few nodes or of many', () => {
    const many = sharesOf([Array.from({ length: 90 }, () => 1 / 90)]);
    const list = fc.array(fc.uniqueArray(fc.integer({ min: 1, max: 99 }), { maxLength: 8 }), { maxLength: 30 });
    const used = new NameReader();
    fc.assert(
      fc.property(list, (lists) => {
        const endpoints = lists.map((own, i) => endpoint(`${i}`, 'a', own.map((n) => `a${n}`))); // prettier-ignore
        const places = used.read(endpoints, many);
        expect(places).toEqual(new NameReader().read(endpoints, many));
        const there = new Set(lists.flat().filter((n) => n <= 90));
        expect(places.nodes).toEqual([...there].map((n) => n - 1).sort((a, b) => a - b));
        expect(places.names.map((name) => places.nodes[name])).toEqual(
          lists.flat().map((n) => (n <= 90 ? n - 1 : undefined)),
        );
      }),
      { numRuns: 100 },
    );
  });
});

describe('the named nodes', () => {
  const endpoints = [endpoint('1', 'a', ['b1', 'gone']), endpoint('2', 'a'), endpoint('3', 'b', ['a2', 'b1'])];
  const places = new NameReader().read(endpoints, SHARES);

  test('are read by place, with the positions of the endpoints; nodes that left are in none', () => {
    expect(readNames(places, [2, 0, 1])).toEqual([
      { node: 1, set: [0] },
      { node: 2, set: [0, 1] },
    ]);
  });

  test('are those that an endpoint without names takes over, too', () => {
    const heirs = new Map([
      [1, { index: 2, names: ['a2', 'b1'] }],
      [0, { index: 2, names: ['a2', 'b1'] }],
    ]);
    expect(readNames(places, [0, 1], heirs)).toEqual([
      { node: 1, set: [1] },
      { node: 2, set: [0, 1] },
    ]);
  });

  test('are none where no endpoint is ready', () => {
    expect(readNames(places, [])).toEqual([]);
  });
});

/** By name they are b1, a2, a1. */
const TURNED: NodeShares = {
  ...SHARES,
  sent: SHARES.shares.map((share, v) => share + v / 8),
  places: [2, 1, 0],
  atPlace: [2, 1, 0],
};

describe('named nodes by name', () => {
  const named = [
    { node: 0, set: [1] },
    { node: 1, set: [0, 2] },
    { node: 2, set: [1] },
  ];

  test('are the same ones, turned round', () => {
    const reader = new NameReader();
    expect(reader.sortByName(named, TURNED)).toEqual([...named].reverse());
    expect(reader.sortByName(named.slice(0, 2), TURNED)).toEqual([named[1], named[0]]);
    expect(reader.sortByName([], TURNED)).toEqual([]);
  });

  test('come in the order of all nodes, few of them or many, and whatever was sorted before', () => {
    const order = fc.shuffledSubarray(
      Array.from({ length: 60 }, (_, v) => v),
      { minLength: 60 },
    );
    const some = fc.subarray(Array.from({ length: 60 }, (_, v) => v));
    const used = new NameReader();
    fc.assert(
      fc.property(order, some, (places, list) => {
        const atPlace = places.map((_, v) => v).sort((a, b) => places[a]! - places[b]!);
        const named = list.map((node) => ({ node, set: [node] }));
        const sorted = used.sortByName(named, { places, atPlace });
        const expected = [...list].sort((a, b) => places[a]! - places[b]!);
        expect(sorted).toEqual(expected.map((node) => ({ node, set: [node] })));
      }),
      { numRuns: 100 },
    );
  });
});

describe('the traffic of named nodes', () => {
  const named = [
    { node: 2, set: [1] },
    { node: 1, set: [0, 2] },
  ];

  test('is what each sends, in the order given', () => {
    expect(namedTraffic(named, TURNED, [4, 7, 5])).toEqual({
      ready: [4, 7, 5],
      sources: [
        { zone: 1, sent: 0.75, only: [1] },
        { zone: 0, sent: 0.375, only: [0, 2] },
      ],
    });
  });

  test('is not handed on where a node sends something that may not be named', () => {
    expect(namedTraffic(named, { ...TURNED, isWhole: false }, [0, 1, 2])).toBeUndefined();
  });
});
