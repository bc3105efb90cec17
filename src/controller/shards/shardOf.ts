import { fnv1a, mixed } from '../../model/hash.js';

/**
 * The shard of a Service, from 0 to below `shards`. Replicas agree on who writes a Service by this function and their
 * Leases alone: a version that changes it must change `layoutIdentity` as well.
 * Mixed, as Services named as their namespace would share half of the shards otherwise.
 * @param key `namespace/name`
 */
export function shardOf(key: string, shards: number): number {
  return shards === 1 ? 0 : mixed(fnv1a(key)) % shards;
}
