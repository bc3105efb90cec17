import { serviceKeyOf } from '../../model/objectKey.js';
import type { Verdict } from '../../hints/verdict.js';
import type { SlicePlan } from '../../hints/plan.js';
import { Contention } from '../contention/contention.js';
import { Reconciler, type ReconcilerOptions } from '../reconciler.js';
import { Refusals } from '../writing/refusals.js';
import { Settling } from '../writing/settling.js';
import type { ServicePlanner } from '../servicePlanner.js';
import type { Sources } from '../sources.js';
import { VerdictBook } from '../verdictBook.js';
import { REFUSAL_MS } from '../writing/writeOutcome.js';
import { SliceWriter, type WriterOptions } from '../writing/writer.js';

export interface ShardWorkerOptions
  extends
    Pick<WriterOptions, 'transport' | 'bound' | 'writes' | 'holdsLease' | 'dryRun' | 'logger' | 'onNodeHintsDropped'>,
    Pick<ReconcilerOptions, 'recorder' | 'clock' | 'observer' | 'rails' | 'onChange'> {
  readonly planner: Pick<ServicePlanner, 'plan' | 'asksForHints'>;
  readonly sources: Pick<Sources, 'applySlice' | 'sliceAt'>;
  /** Queues a Service of the shard. */
  readonly enqueue: (key: string) => void;
  readonly onContended: (key: string, verdict: Verdict) => void;
}

/**
 * All that this process remembers of the Services of one shard while it holds it: verdicts, refusals, and what other
 * writers undid. Nothing of it outlives the shard's Lease, because another replica may write in between.
 */
export class ShardWorker {
  readonly book: VerdictBook;
  readonly contention: Contention;
  readonly refusals: Refusals;
  readonly #settling: Settling;
  readonly #reconciler: Reconciler;
  /** Fires when writes under way are not waited for any longer. */
  readonly #writes = new AbortController();

  constructor(options: ShardWorkerOptions) {
    const { clock, enqueue, observer, planner, sources } = options;
    this.book = new VerdictBook(clock);
    this.refusals = new Refusals({ clock, lifeMs: REFUSAL_MS, wake: enqueue });
    this.#settling = new Settling({ clock, wake: enqueue });
    this.contention = new Contention({
      clock,
      onContended: options.onContended,
      wake: enqueue,
      onReverted: (kind) => observer.onReverted?.(kind),
    });
    const writer = new SliceWriter({
      ...options,
      signal: this.#writes.signal,
      refusals: this.refusals,
      sliceAt: (slice) => sources.sliceAt(slice),
      onAnswer: (key, raw, knownVersion) => sources.applySlice(key, knownVersion, raw, 'answer'),
      onWritten: (slice) => this.contention.wrote(slice, planner.asksForHints(serviceKeyOf(slice))),
      onFresh: (key, raw, knownVersion) => sources.applySlice(key, knownVersion, raw, 'refresh'),
      onLost: (slice: SlicePlan['slice']) => this.contention.lost(slice),
      onWrite: (result, moved) => observer.onWrite?.(result, moved),
    });
    this.#reconciler = new Reconciler({
      ...options,
      book: this.book,
      writer,
      pauseOf: (key) => this.contention.pauseOf(key),
      refusals: this.refusals,
      settling: this.#settling,
    });
  }

  reconcile(key: string, firstEventMs: number): ReturnType<Reconciler['reconcile']> {
    return this.#reconciler.reconcile(key, firstEventMs);
  }

  /** Whether a reconcile of this Service would write or record anything. */
  needsWork(key: string): boolean {
    return this.#reconciler.needsWork(key);
  }

  /** Gives up the writes under way. */
  abortWrites(): void {
    this.#writes.abort();
  }

  stop(): void {
    this.abortWrites();
    this.contention.stop();
    this.refusals.stop();
    this.#settling.stop();
  }
}
