import { expect, test } from 'vitest';
import fc from 'fast-check';
import { fnv1a } from '../../../src/model/hash.js';
import { compareText } from '../../../src/model/objectKey.js';
import { addressPseudonyms } from '../../../src/report/anonymise/addressPseudonyms.js';

/** The order by which Balanced breaks ties: the hash of the last eight characters. */
const byHash = (a: string, b: string): number =>
  fnv1a(a, Math.max(0, a.length - 8)) - fnv1a(b, Math.max(0, b.length - 8));

const addresses = fc.uniqueArray(fc.oneof(fc.ipV4(), fc.ipV6(), fc.domain(), fc.constantFrom('a', 'b', '10.0.0.1')), {
  maxLength: 30,
});

test('pseudonyms are in the order of the addresses, by text and by hash, and none of two addresses', () => {
  fc.assert(
    fc.property(addresses, (given) => {
      const pseudonyms = addressPseudonyms(given);
      const of = (address: string): string => pseudonyms.get(address) ?? '';
      expect([...pseudonyms.keys()].sort()).toEqual([...given].sort());
      expect(new Set(pseudonyms.values()).size).toBe(given.length);
      for (const order of [compareText, byHash]) {
        // Addresses with equal hashes are in order of their text, by which a plan goes on.
        const sorted = [...given].sort((a, b) => order(a, b) || compareText(a, b));
        expect([...given].sort((a, b) => order(of(a), of(b)) || compareText(of(a), of(b)))).toEqual(sorted);
      }
    }),
    { numRuns: 200 },
  );
});

test('the numbers have as many digits as the last one, so that they sort as texts', () => {
  const given = Array.from({ length: 12 }, (_, i) => `10.0.0.${i}`);
  expect([...addressPseudonyms(given).values()].map((text) => text.slice(0, 11)).slice(0, 2)).toEqual([
    'address-01-',
    'address-02-',
  ]);
});

test('an address is in no pseudonym', () => {
  expect([...addressPseudonyms(['10.1.2.3'])]).toEqual([['10.1.2.3', 'address-1-00000000']]);
});
