import type { Logger } from 'pino';
import { LEASE_LABELS } from '../leaseLabels.js';
import type { ControllerOptions } from '../options.js';
import { OneShard } from './oneShard.js';
import { ShardLeases } from './shardLeases.js';
import type { Shards } from './shards.js';

type ElectionOptions = Pick<ControllerOptions, 'lease' | 'leaseTransport' | 'clock' | 'random' | 'dryRun'>;

/** How this process comes to write: by the Leases of shards, by one Lease, or without any. */
export function chooseShards(options: ElectionOptions, logger: Logger): Shards {
  const { lease, leaseTransport: transport, clock, random, dryRun } = options;
  if (dryRun) return new OneShard('dry run: reads the Lease only');
  if (lease === undefined) return new OneShard('no leader election');
  const common = { ...lease, transport, clock, random, logger: logger.child({ component: 'election' }) };
  return lease.shards > 1 ? new ShardLeases(common) : new OneShard({ ...common, labels: LEASE_LABELS });
}
