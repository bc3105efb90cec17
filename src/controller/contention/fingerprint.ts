import { fnv1a, fnv1aOfAll, mixed } from '../../model/hash.js';
import { hashHints } from '../../model/hints.js';
import type { SliceRecord } from '../../model/slice.js';

/**
 * A digest of a slice: enough to determine later whether its hints, or the endpoints under them, are still the same. The
 * order of endpoints does not count, the order of names in a hint does. A chance of one in four billion to overlook a
 * change is good enough to count reverts.
 */
export interface SliceFingerprint {
  /** Digest of the endpoints: addresses, zones, nodes, conditions. */
  readonly endpoints: number;
  /** Digest of their hints and of the ownership annotation of the slice. */
  readonly hints: number;
  /** Number of endpoints with hints. */
  readonly hinted: number;
}

export function fingerprintSlice(slice: Pick<SliceRecord, 'endpoints' | 'owned'>): SliceFingerprint {
  let endpoints = 0;
  let hints = slice.owned ? 1 : 0;
  let hinted = 0;
  for (const endpoint of slice.endpoints) {
    const { address, addresses = [], zone, nodeName, ready, serving, terminating } = endpoint;
    // Piece by piece: of a thousand endpoints the texts alone would be a megabyte.
    const place = fnv1aOfAll([zone, nodeName], fnv1a('|', 0, fnv1aOfAll(addresses, fnv1a(`${address} `))));
    // Sums do not depend on order. They stay whole numbers below 2^53 for a million endpoints.
    endpoints += mixed(fnv1a(`|${ready}|${serving}|${terminating}`, 0, place));
    if (endpoint.hints === undefined) continue;
    hinted += 1;
    hints += mixed(hashHints(endpoint.hints, place));
  }
  return { endpoints, hints, hinted };
}
