import { fnv1a } from '../../model/hash.js';

/**
 * The shard of a Service, from 0 to below `shards`. Replicas agree on who writes a Service by this function and their
 * Leases alone: a version that changes it must change `layoutIdentity` as well.
 * @param key `namespace/name`
 */
export function shardOf(key: string, shards: number): number {
  return shards === 1 ? 0 : mix(fnv1a(key)) % shards;
}

/**
 * The finalizer of MurmurHash3. The low bits of FNV-1a depend on the low bits of the characters only: without it, all
 * Services that are named as their namespace would share half of the shards.
 */
function mix(hash: number): number {
  let value = hash;
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}
