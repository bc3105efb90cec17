import { fnv1a } from '../../model/hash.js';
import type { EndpointHints } from '../../model/hints.js';
import type { SliceRecord } from '../../model/slice.js';

/**
 * A digest of a slice: enough to determine later whether its hints, or the endpoints under them, are still the same. The
 * order of endpoints does not count, the order of names in a hint does.
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
    const { addresses, zone, nodeName, ready, serving, terminating } = endpoint;
    const place = `${addresses.join(' ')}|${zone}|${nodeName}`;
    // Sums do not depend on order. They stay whole numbers below 2^53 for a million endpoints.
    endpoints += hash([place, ready, serving, terminating].join('|'));
    if (endpoint.hints === undefined) continue;
    hinted += 1;
    hints += hash(`${place}${hintsText(endpoint.hints)}`);
  }
  return { endpoints, hints, hinted };
}

function hintsText({ forZones = [], forNodes = [] }: EndpointHints): string {
  return `|${forZones.join(' ')}|${forNodes.join(' ')}`;
}

/** FNV-1a with a final mix, 32 bits. A chance of one in four billion to overlook a change is good enough to count reverts. */
function hash(text: string): number {
  let h = fnv1a(text);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
