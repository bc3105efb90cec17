import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import {
  HintsManifests,
  HintsOrdinals,
  hintsManifest,
  HintsReader,
  MOST_SIBLINGS,
  NOBODY,
  PLACEHOLDER,
  sameHints,
  sameNames,
  type EndpointHints,
} from '../../src/model/hints.js';
import type { EndpointManifest } from '../../src/model/manifest.js';
import { readSlice } from '../../src/model/slice.js';

const named = (...names: readonly string[]): { name: string }[] => names.map((name) => ({ name }));

function read(...hints: readonly EndpointManifest['hints'][]): ReturnType<typeof readSlice>['endpoints'] {
  return readSlice({
    metadata: { namespace: 'shop', name: 'checkout-1' },
    addressType: 'IPv4',
    endpoints: hints.map((each, i) => ({ addresses: [`10.0.0.${i}`], hints: each })),
  }).endpoints;
}

describe('the hints of a slice', () => {
  test.each<[string, EndpointManifest['hints'], unknown]>([
    ['are undefined when absent', undefined, undefined],
    ['are undefined when null', null, undefined],
    ['are an object without names when empty', {}, { forZones: undefined, forNodes: undefined }],
    ['keep an empty list', { forZones: [] }, { forZones: [], forNodes: undefined }],
    ['keep the order of the zones', { forZones: named('b', 'a') }, { forZones: ['b', 'a'], forNodes: undefined }],
    ['name each zone once', { forZones: named('b', 'a', 'b') }, { forZones: ['b', 'a'], forNodes: undefined }],
    ['may name nodes alone', { forNodes: named('n1') }, { forZones: undefined, forNodes: ['n1'] }],
    [
      'may name zones and nodes',
      { forZones: named('a'), forNodes: named('n1', 'n2') },
      { forZones: ['a'], forNodes: ['n1', 'n2'] },
    ],
  ])('%s', (_, hints, expected) => {
    expect(read(hints)[0]?.hints).toEqual(expected);
  });

  test('are one object for endpoints with the same zones in the same order, and for no others', () => {
    const [ab, b, abAgain, ba] = read(
      { forZones: named('a', 'b') },
      { forZones: named('b') },
      { forZones: named('a', 'b') },
      { forZones: named('b', 'a') },
    ).map(({ hints }) => hints);
    expect(abAgain).toBe(ab);
    expect(new Set([ab, b, ba]).size).toBe(3);
  });

  test('are read alike whether they come to be shared or not, and however many differ', () => {
    const zone = fc.integer({ min: 0, max: 150 }).map((n) => `zone-${n}`);
    fc.assert(
      fc.property(fc.array(fc.array(zone, { maxLength: 3 }), { maxLength: 400, size: 'max' }), (lists) => {
        const endpoints = read(...lists.map((list) => ({ forZones: named(...list) })));
        expect(endpoints.map(({ hints }) => hints?.forZones)).toEqual(lists.map((list) => [...new Set(list)]));
      }),
      { numRuns: 100 },
    );
  });
});

describe('the memory for shared hints', () => {
  test('takes no more than so many zones after the same ones; further hints are read by themselves', () => {
    const reader = new HintsReader();
    const readZone = (zone: string): EndpointHints => reader.read({ forZones: named('first', zone) });
    const kept = Array.from({ length: MOST_SIBLINGS }, (_, i) => readZone(`zone-${i}`));
    expect(kept.map((hints, i) => readZone(`zone-${i}`) === hints)).toEqual(kept.map(() => true));
    const [one, again] = [readZone('more'), readZone('more')];
    expect(one).toEqual({ forZones: ['first', 'more'], forNodes: undefined });
    expect(again).toEqual(one);
    expect(again).not.toBe(one);
  });

  test('shares all of hints that name nobody, which is one list wherever it is read', () => {
    const reader = new HintsReader();
    const nobody = { forNodes: [{ name: PLACEHOLDER }] };
    const first = reader.read({ forZones: [{ name: 'a' }], ...nobody });
    expect(first).toEqual({ forZones: ['a'], forNodes: [PLACEHOLDER] });
    expect(first.forNodes).toBe(NOBODY);
    expect(reader.read({ forZones: [{ name: 'a' }], ...nobody })).toBe(first);
    const other = reader.read({ forZones: [{ name: 'b' }], ...nobody });
    expect(other).toEqual({ forZones: ['b'], forNodes: [PLACEHOLDER] });
    expect(new HintsReader().read(nobody)).toEqual({ forZones: undefined, forNodes: NOBODY });
    // Beside a node the placeholder is a name like others.
    const both = reader.read({ forZones: [{ name: 'a' }], forNodes: [{ name: PLACEHOLDER }, { name: 'n' }] });
    expect(both).toEqual({ forZones: ['a'], forNodes: [PLACEHOLDER, 'n'] });
  });

  test('shares the list of zones, and no more, of hints that name nodes', () => {
    const reader = new HintsReader();
    const given = { forZones: named('a'), forNodes: named('n') };
    const [one, again] = [reader.read(given), reader.read(given)];
    expect(one).toEqual({ forZones: ['a'], forNodes: ['n'] });
    expect(again).not.toBe(one);
    expect(again.forZones).toBe(one.forZones);
    expect(reader.read({ forZones: named('a') })).toEqual({ forZones: ['a'], forNodes: undefined });
  });
});

test.each<[string, unknown, EndpointHints]>([
  ['entries that are null', { forZones: [null, { name: 'a' }] }, { forZones: ['a'] }],
  ['one entry that is null', { forZones: [null] }, { forZones: [] }],
  ['entries without a name', { forZones: [{}, { name: 'a' }] }, { forZones: ['a'] }],
  ['names that are not texts', { forNodes: [{ name: 3 }, { name: 'n' }] }, { forNodes: ['n'] }],
  ['one name that is not a text', { forNodes: [{ name: 3 }] }, { forNodes: [] }],
  ['a node twice', { forNodes: named('n', 'm', 'n') }, { forNodes: ['n', 'm'] }],
  [
    'a node twice among many',
    { forNodes: named(...Array.from({ length: 40 }, (_, i) => `n${i % 39}`)) },
    { forNodes: Array.from({ length: 39 }, (_, i) => `n${i}`) },
  ],
])('%s in hand-written hints are passed over', (_, hints, expected) => {
  expect(new HintsReader().read(hints as NonNullable<EndpointManifest['hints']>)).toEqual(expected);
});

describe('hints as Kubernetes writes them', () => {
  test.each<[string, EndpointHints, ReturnType<typeof hintsManifest>]>([
    ['for zones', { forZones: ['a', 'b'] }, { forZones: [{ name: 'a' }, { name: 'b' }] }],
    ['for nodes', { forNodes: ['n'] }, { forNodes: [{ name: 'n' }] }],
    ['for both', { forZones: ['a'], forNodes: ['n'] }, { forZones: [{ name: 'a' }], forNodes: [{ name: 'n' }] }],
    ['for none', {}, {}],
    ['for an empty list', { forZones: [] }, { forZones: [] }],
  ])('%s', (_, hints, expected) => {
    expect(hintsManifest(hints)).toStrictEqual(expected);
  });

  test('are one object for one object of hints, and another for an equal one', () => {
    const manifests = new HintsManifests();
    const [a, alsoA, b] = [{ forZones: ['a'] }, { forZones: ['a'] }, { forZones: ['b'] }];
    const [made, other] = [manifests.of(a), manifests.of(b)];
    expect([made, other]).toEqual([{ forZones: [{ name: 'a' }] }, { forZones: [{ name: 'b' }] }]);
    expect([manifests.of(a) === made, manifests.of(b) === other, manifests.of(alsoA) === made]).toEqual([true, true, false]); // prettier-ignore
  });
});

test.each<[string, readonly string[] | undefined, readonly string[] | undefined, boolean]>([
  ['the same names in the same order are the same', ['a', 'b'], ['a', 'b'], true],
  ['the order counts', ['a', 'b'], ['b', 'a'], false],
  ['the last name counts', ['a', 'b'], ['a', 'c'], false],
  ['a longer list is another', ['a'], ['a', 'b'], false],
  ['a shorter list is another', ['a', 'b'], ['a'], false],
  ['an empty list is as good as none', [], undefined, true],
  ['none is as good as an empty list', undefined, [], true],
  ['none and none are the same', undefined, undefined, true],
  ['a name is not none', ['a'], undefined, false],
  ['none is not a name', undefined, ['a'], false],
])('sameNames: %s', (_, a, b, expected) => {
  expect(sameNames(a, b)).toBe(expected);
});

test.each<[string, EndpointHints | undefined, EndpointHints | undefined, boolean]>([
  ['equal zones and nodes are the same', { forZones: ['a'], forNodes: ['n'] }, { forZones: ['a'], forNodes: ['n'] }, true], // prettier-ignore
  ['other zones are not', { forZones: ['a'], forNodes: ['n'] }, { forZones: ['b'], forNodes: ['n'] }, false],
  ['other nodes are not', { forZones: ['a'], forNodes: ['n'] }, { forZones: ['a'], forNodes: ['m'] }, false],
  ['an empty list is as good as none', { forZones: ['a'], forNodes: [] }, { forZones: ['a'] }, true],
  ['no hints are not hints without names', undefined, {}, false],
  ['hints without names are not no hints', {}, undefined, false],
  ['no hints and no hints are the same', undefined, undefined, true],
])('sameHints: %s', (_, a, b, expected) => {
  expect(sameHints(a, b)).toBe(expected);
});

test.each([3, 33, 100])('%i objects of hints are numbered in the order in which they are first seen', (count) => {
  const ordinals = new HintsOrdinals();
  const all = Array.from({ length: count }, (): EndpointHints => ({ forZones: ['a'] }));
  expect(all.map((hints) => ordinals.of(hints))).toEqual(all.map((_, i) => i));
  expect(ordinals.of(undefined)).toBe(count);
  expect([...all].reverse().map((hints) => ordinals.of(hints))).toEqual(all.map((_, i) => count - 1 - i));
  expect(ordinals.of(undefined)).toBe(count);
  expect(ordinals.list).toEqual([...all, undefined]);
});
