const LAYOUT = /^(\d+)-shards$/;

/** The Lease of one shard. */
export function shardLease(name: string, shard: number): string {
  return `${name}-shard-${shard}`;
}

/** The Lease by which one replica is counted. */
export function memberLease(name: string, member: number): string {
  return `${name}-member-${member}`;
}

/** Holds the Lease `<name>` for all replicas with this number of shards. The identity of a process has an underscore. */
export function layoutIdentity(shards: number): string {
  return `${shards}-shards`;
}

/** The number of shards that an identity stands for; undefined for the identity of a process. */
export function layoutOf(identity: string): number | undefined {
  const match = LAYOUT.exec(identity);
  return match === null ? undefined : Number(match[1]);
}

/** All Leases of an installation. */
export function leaseNames(name: string, shards: number): readonly string[] {
  if (shards === 1) return [name];
  const all = Array.from({ length: shards }, (_, i) => i);
  return [name, ...all.map((i) => shardLease(name, i)), ...all.map((i) => memberLease(name, i))];
}
