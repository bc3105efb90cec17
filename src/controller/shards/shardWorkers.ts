import { serviceKeyOf } from '../../model/objectKey.js';
import type { ServiceRecord } from '../../model/service.js';
import type { SliceRecord } from '../../model/slice.js';
import type { VerdictBook } from '../verdictBook.js';
import { shardOf } from './shardOf.js';
import type { ShardWorker } from './shardWorker.js';

type VerdictCount = ReturnType<VerdictBook['count']>[number];

/** The workers of the shards that this process holds, and which of them each Service belongs to. */
export class ShardWorkers {
  readonly #shards: number;
  readonly #make: (shard: number) => ShardWorker;
  readonly #workers = new Map<number, ShardWorker>();

  constructor(shards: number, make: (shard: number) => ShardWorker) {
    this.#shards = shards;
    this.#make = make;
  }

  /** The worker of a Service's shard; undefined where the shard is another replica's. */
  of(key: string): ShardWorker | undefined {
    return this.#workers.get(shardOf(key, this.#shards));
  }

  /** For the keys of one shard. */
  belongsTo(shard: number): (key: string) => boolean {
    return (key) => shardOf(key, this.#shards) === shard;
  }

  start(shard: number): void {
    this.stop(shard);
    this.#workers.set(shard, this.#make(shard));
  }

  stop(shard: number): void {
    this.#workers.get(shard)?.stop();
    this.#workers.delete(shard);
  }

  stopAll(): void {
    for (const shard of [...this.#workers.keys()]) this.stop(shard);
  }

  abortWrites(): void {
    for (const worker of this.#workers.values()) worker.abortWrites();
  }

  resetContention(): void {
    for (const { contention } of this.#workers.values()) contention.reset();
  }

  serviceChanged(key: string, next: ServiceRecord | undefined, previous: ServiceRecord | undefined): void {
    this.of(key)?.contention.serviceChanged(key, next, previous);
  }

  /** A list or a watch brought this version of a slice, or took it away; it may have moved to a Service of another shard. */
  observed(next: SliceRecord | undefined, previous: SliceRecord | undefined): void {
    const after = next && this.of(serviceKeyOf(next));
    const before = previous && this.of(serviceKeyOf(previous));
    if (before !== after) before?.contention.observed(undefined, previous);
    after?.contention.observed(next, previous);
  }

  /** Services that are paused now because another writer keeps undoing their hints. */
  get contended(): number {
    return this.#sum(({ contention }) => contention.contended);
  }

  /** Services with a slice whose patch the API server refused at their last run. */
  get refused(): number {
    return this.#sum(({ refusals }) => refusals.services);
  }

  /** There is a recorded verdict for this Service. */
  has(key: string): boolean {
    return this.of(key)?.book.has(key) === true;
  }

  /** Number of Services by mode and verdict reason; one with two address types counts for each. */
  count(): readonly VerdictCount[] {
    const counts = new Map<string, VerdictCount>();
    for (const { book } of this.#workers.values()) {
      for (const { mode, reason, services } of book.count()) {
        const key = `${mode} ${reason}`;
        counts.set(key, { mode, reason, services: services + (counts.get(key)?.services ?? 0) });
      }
    }
    return [...counts.values()];
  }

  #sum(figure: (worker: ShardWorker) => number): number {
    let sum = 0;
    for (const worker of this.#workers.values()) sum += figure(worker);
    return sum;
  }
}
