import type { ClusterObjects } from '../planCluster.js';

/**
 * Addresses for endpoints that do not exist, in ranges that no network uses (RFC 2544, RFC 3849, RFC 6761), none of which
 * a slice of the cluster has: pods are told apart by their addresses.
 */
export function newAddresses(addressType: string, count: number, objects: ClusterObjects): readonly string[] {
  const addressAt = addressType === 'IPv6' ? ipv6At : addressType === 'FQDN' ? nameAt : ipv4At;
  const taken = new Set<string>();
  for (const { endpoints } of [...objects.endpointSlices, ...(objects.clientSlices ?? [])]) {
    for (const endpoint of (endpoints ?? []) as readonly (NonNullable<typeof endpoints>[number] | null)[]) {
      const address = endpoint?.addresses?.[0] ?? '';
      if (RESERVED.test(address)) taken.add(address);
    }
  }
  const addresses: string[] = [];
  for (let i = 1; addresses.length < count; i++) {
    const address = addressAt(i);
    if (!taken.has(address)) addresses.push(address);
  }
  return addresses;
}

const RESERVED = /^(198\.1[89]\.|2001:db8::|new-\d+\.invalid$)/;

/** 198.18.0.0/15. */
function ipv4At(i: number): string {
  return `198.${18 + ((i >> 16) & 1)}.${(i >> 8) & 255}.${i & 255}`;
}

function ipv6At(i: number): string {
  return i < 65_536
    ? `2001:db8::${i.toString(16)}`
    : `2001:db8::${(i >> 16).toString(16)}:${(i & 65_535).toString(16)}`;
}

function nameAt(i: number): string {
  return `new-${i}.invalid`;
}
