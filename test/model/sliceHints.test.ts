import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
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
