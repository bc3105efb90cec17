import { shardLease } from '../../controller/shards/leaseNames.js';
import { partsOf, type FoundLease } from '../leases.js';
import { about, type Finding } from './finding.js';

/**
 * Who holds which shard of an installation.
 * @param lease its first Lease
 * @param all all Leases that were found
 * @returns nothing for an installation without shards, and where the Leases of shards could not be read
 */
export function aboutShards(lease: FoundLease, all: readonly FoundLease[]): Finding[] {
  const { namespace, name, shards } = lease;
  const parts = partsOf(lease, all);
  if (shards === undefined || parts.length === 0) return [];
  const shardsOf = new Map<string, number[]>();
  const free: number[] = [];
  for (let shard = 0; shard < shards; shard++) {
    const part = parts.find((one) => one.name === shardLease(name, shard));
    if (part === undefined || !part.isLive) free.push(shard);
    else shardsOf.set(part.holder, [...(shardsOf.get(part.holder) ?? []), shard]);
  }
  const held = [...shardsOf].map(([holder, own]) => `${holder} holds ${numbered(own)}`);
  const of = `of ${shards} (Leases ${namespace}/${shardLease(name, 0)} to ${shards - 1})`;
  if (free.length === 0) {
    return [{ level: 'ok', subject: 'installation', code: 'ShardsHeld', message: `${held.join('; ')}, ${of}.` }];
  }
  return [
    {
      level: 'problem',
      subject: 'installation',
      code: 'ShardsNotHeld',
      message: `No controller holds ${numbered(free)} ${of}, so the hints of their Services stand still${held.length > 0 ? `; ${held.join('; ')}` : ''}.`,
      advice:
        'Run doctor again in a minute, since a shard changes hands within seconds; then read the log of the pods.',
      ...about(free.map((shard) => `${namespace}/${shardLease(name, shard)}`)),
    },
  ];
}

function numbered(shards: readonly number[]): string {
  return `${shards.length === 1 ? 'shard' : 'shards'} ${shards.join(', ')}`;
}
