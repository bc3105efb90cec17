import { fnv1a } from '../../model/hash.js';
import { compareText } from '../../model/objectKey.js';

/** By so many last code units Balanced puts equal endpoints in an order (strategies/balanced/assignment.ts). */
const HASHED_UNITS = 8;

/**
 * Pseudonyms of addresses that keep both orders by which plans break ties: that of the texts, by a number, and that of
 * the hashes of their ends, by an end whose hash has the same place among the others.
 * @param addresses each once
 */
export function addressPseudonyms(addresses: readonly string[]): ReadonlyMap<string, string> {
  const byText = [...addresses].sort(compareText);
  const byHash = [...byText].sort((a, b) => hashOfEnd(a) - hashOfEnd(b));
  const ends = addresses.map((_, i) => endOf(i)).sort((a, b) => hashOfEnd(a) - hashOfEnd(b));
  const endByAddress = new Map(byHash.map((address, place) => [address, ends[place] ?? '']));
  const digits = String(addresses.length).length;
  return new Map(
    byText.map((address, i) => [
      address,
      `address-${String(i + 1).padStart(digits, '0')}-${endByAddress.get(address) ?? ''}`,
    ]),
  );
}

function hashOfEnd(text: string): number {
  return fnv1a(text, Math.max(0, text.length - HASHED_UNITS));
}

/** Different for each number, of `HASHED_UNITS` letters and digits. */
function endOf(number: number): string {
  return number.toString(36).padStart(HASHED_UNITS, '0');
}
