import { layoutIdentity, shardLease } from '../src/controller/shards/leaseNames.js';
import { shardOf } from '../src/controller/shards/shardOf.js';
import type { WriteRecord } from '../src/sandbox/storage/writes.js';

/** The Lease of an installation, whose flags have the default. */
const NAME = 'slicehints';

interface Holder {
  readonly identity: string;
  /** Until when others keep off the Lease; the time of the release where it is free. */
  readonly untilMs: number;
}

/** Follows the Leases as the server committed them: who may write which Services, and for how long nobody could. */
export class LeaseAudit {
  readonly #shards: number;
  readonly #holders = new Map<string, Holder>();
  readonly #userOf = new Map<string, string>();
  #longestMs = 0;

  constructor(shards: number) {
    this.#shards = shards;
  }

  /** The longest time that a shard was free, from its release or its expiry until somebody took it, in ms. */
  get longestFreeMs(): number {
    return this.#longestMs;
  }

  take({ name, user, after, wallMs }: WriteRecord): void {
    const { holderIdentity: identity = '', leaseDurationSeconds = 0 } = (after?.['spec'] ?? {}) as {
      holderIdentity?: string;
      leaseDurationSeconds?: number;
    };
    const before = this.#holders.get(name);
    if (identity !== '') this.#userOf.set(identity, user);
    if (before !== undefined && identity !== '' && this.#leasesOfServices().includes(name)) {
      this.#longestMs = Math.max(this.#longestMs, wallMs - before.untilMs);
    }
    const isReleasedAgain = identity === '' && before?.identity === '';
    if (isReleasedAgain) return;
    this.#holders.set(name, { identity, untilMs: identity === '' ? wallMs : wallMs + leaseDurationSeconds * 1000 });
  }

  /** Why a user may not write a Service (`namespace/name`) now; undefined when it holds what it needs. */
  complaint(user: string, serviceKey: string): string | undefined {
    const layout = layoutIdentity(this.#shards);
    if (this.#shards > 1 && this.#identityOf(NAME) !== layout)
      return `the lease of the layout is not held as ${layout}`;
    const lease = this.#leaseOf(shardOf(serviceKey, this.#shards));
    const holder = this.#userOf.get(this.#identityOf(lease));
    return holder === user ? undefined : `the lease ${lease} is held by ${holder ?? 'nobody'}`;
  }

  #identityOf(lease: string): string {
    return this.#holders.get(lease)?.identity ?? '';
  }

  #leaseOf(shard: number): string {
    return this.#shards === 1 ? NAME : shardLease(NAME, shard);
  }

  #leasesOfServices(): string[] {
    return Array.from({ length: this.#shards }, (_, shard) => this.#leaseOf(shard));
  }
}
