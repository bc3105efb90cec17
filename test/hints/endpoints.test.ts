import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { gatherEndpoints } from '../../src/hints/endpoints.js';
import { readSlice, type SliceRecord } from '../../src/model/slice.js';

function sliceOf(name: string, addresses: readonly string[]): SliceRecord {
  return readSlice({
    metadata: { name },
    addressType: 'IPv4',
    endpoints: addresses.map((address) => ({ addresses: address === '' ? [] : [address] })),
  });
}

/** Addresses that end alike, so that their hashes collide, and few of them, so that some repeat. */
const ADDRESS = fc.oneof(
  fc.constant(''),
  fc.tuple(fc.nat(3), fc.nat(3)).map(([a, b]) => `10.${a}.0.0.${b}`),
  fc.nat(3).map((a) => `${a}.10.244.10.244`),
  fc.nat(300).map((a) => `10.244.1.${a}`),
);
const SLICES = fc.array(fc.array(ADDRESS, { maxLength: 40 }), { minLength: 2, maxLength: 4 });

describe('gatherEndpoints', () => {
  test('has each address of some slices once, and every endpoint without an address', () => {
    fc.assert(
      fc.property(SLICES, (lists) => {
        const all = lists.flat();
        const { endpoints, positions } = gatherEndpoints(lists.map((list, i) => sliceOf(`web-${i}`, list)));
        const named = all.filter((address) => address !== '');
        expect(endpoints).toHaveLength(new Set(named).size + all.length - named.length);
        expect(all.map((_, i) => endpoints[positions?.[i] ?? i]?.address)).toEqual(all);
      }),
    );
  });
});
