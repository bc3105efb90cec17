import type { Logger } from 'pino';
import type { Plan } from '../../hints/plan.js';
import type { Enforcement } from '../../hints/policy/policy.js';
import { Reason } from '../../hints/reasons.js';
import { verdict, type Verdict } from '../../hints/verdict.js';
import type { Clock } from '../../kube/clock.js';
import { metaTime } from '../../kube/metaTime.js';
import type { Transport } from '../../kube/rest/transport.js';
import { Fuse, type FuseOptions } from './fuse.js';
import { HeldServices, type HoldReason } from './heldServices.js';
import { FUSE_ANNOTATION, LeaseSwitches, STOP_ANNOTATION, type Switches } from './leaseSwitches.js';
import { WriteBudget } from './writeBudget.js';

export interface RailsOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** The Lease whose annotations stop all writes; undefined: there is none. */
  readonly lease: { readonly transport: Transport; readonly namespace: string; readonly name: string } | undefined;
  /** Writes of slices in a minute; 0: no limit. */
  readonly maxWritesPerMinute: number;
  /** Nothing is written anyway: only policies hold Services back, so that all else is logged. */
  readonly dryRun: boolean;
  readonly hintedEndpoints: FuseOptions['hintedEndpoints'];
  /** What policies make of a Service. */
  readonly enforcementOf: (key: string) => Enforcement;
  /** A Service that was held back may be written now. */
  readonly wake: (key: string) => void;
  /** The change of this Service was one too many. */
  readonly onFuseBlown: (key: string, blown: Verdict) => void;
}

const HELD_BY_POLICY = { DryRun: 'policy-dry-run', Off: 'policy-off', Enforce: undefined } as const;

/** What must hold for this controller whatever its plans are: which Services may be written now, and which are held back. */
export class Rails {
  readonly #options: RailsOptions;
  readonly #held = new HeldServices();
  readonly #budget: WriteBudget;
  readonly #fuse: Fuse;
  readonly #switches: LeaseSwitches | undefined;
  /** Blown where there is no Lease to keep it; a restart acknowledges it. */
  #blown = false;
  #wasSwitchedOff = false;
  /** When Services that wait for the budget were queued first: what excused their change then still does. */
  readonly #queuedMs = new Map<string, number>();

  constructor(options: RailsOptions) {
    const { clock, logger, lease, maxWritesPerMinute: perMinute, hintedEndpoints, wake } = options;
    this.#options = options;
    this.#budget = new WriteBudget({ perMinute, clock, wake });
    this.#fuse = new Fuse({ clock, hintedEndpoints });
    this.#switches =
      lease && new LeaseSwitches({ ...lease, clock, logger, onChange: (switches) => this.#switched(switches) });
  }

  /** Services that are held back now, by reason. */
  get held(): Pick<HeldServices, 'count'> {
    return this.#held;
  }

  /** Writes that `--max-writes-per-minute` leaves now; Infinity without it. */
  get budgetLeft(): number {
    return this.#budget.left;
  }

  /** Whether the Lease tells to stop is known; until then every Service is held back, and is woken when it is. */
  get known(): boolean {
    return this.#switches === undefined || this.#switches.switches !== undefined;
  }

  /** All writes are stopped by the annotation of the Lease. */
  get isStopped(): boolean {
    return this.#switches?.switches?.stop !== undefined;
  }

  get isFuseBlown(): boolean {
    return this.#blown || this.#switches?.switches?.fuse !== undefined;
  }

  /** For people: whether writes are stopped, and who is held back. */
  describe(): string {
    const { stop, fuse } = this.#switches?.switches ?? {};
    const lease = this.#switches?.lease ?? '';
    const parts = [
      ...(stop === undefined ? [] : [`stopped by ${STOP_ANNOTATION} (${stop}) of Lease ${lease}`]),
      ...(fuse === undefined ? [] : [`the fuse has blown (${fuse}); remove ${FUSE_ANNOTATION} of Lease ${lease}`]),
      ...(this.#blown ? ['the fuse has blown; a restart acknowledges it'] : []),
      ...[...this.#held.count()].flatMap(([reason, services]) =>
        services === 0 ? [] : [`${services} ${services === 1 ? 'Service' : 'Services'} held back by ${reason}`],
      ),
    ];
    return parts.length === 0 ? 'not held back' : parts.join('; ');
  }

  /** Reads the Lease. Settles when the signal fires; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    await this.#switches?.run(signal);
    if (this.#switches === undefined && !signal.aborted) {
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    }
    this.#budget.stop();
  }

  /** Something happened that may well change most hints. */
  excuse(): void {
    this.#fuse.excuse();
  }

  /** A policy holds the Service back; what the plan is does not matter then. */
  isHeldByPolicy(key: string): boolean {
    return HELD_BY_POLICY[this.#options.enforcementOf(key)] !== undefined;
  }

  /** Whether the last plan of the Service would have changed hints and was not, or not all, carried out. */
  holds(key: string): boolean {
    return this.#held.has(key);
  }

  /** Whether a plan may be carried out now. If not, the Service is woken when it may, or a change of policy queues it. */
  admit(key: string, plan: Plan, firstEventMs: number): HoldReason | undefined {
    const writes = plan.slices.filter(({ patch }) => patch !== undefined).length;
    const queuedMs = this.#queuedMs.get(key) ?? firstEventMs;
    const reason = this.#judge(key, plan, writes, queuedMs);
    this.#held.note(key, writes === 0 ? undefined : reason);
    if (reason === 'budget') this.#queuedMs.set(key, queuedMs);
    else this.#queuedMs.delete(key);
    return reason;
  }

  /** Asked before each slice of a plan that was admitted. */
  mayGoOn(key: string): boolean {
    if (this.#options.dryRun) return !this.isHeldByPolicy(key);
    const reason = this.#holdOf(key) ?? (this.#budget.take(key) ? undefined : 'budget');
    this.#held.note(key, reason);
    return reason === undefined;
  }

  /** Asked in the last moment before a slice is sent. */
  get allowsWrites(): boolean {
    return !this.isStopped && !this.isFuseBlown;
  }

  /**
   * The run of a Service has ended.
   * @param isWithheld a slice was not sent
   */
  settle(key: string, isWithheld: boolean): void {
    this.#budget.settle(key);
    const reason = isWithheld ? this.#holdOf(key) : undefined;
    if (reason !== undefined) this.#held.note(key, reason);
  }

  /** The Service is gone. */
  forget(key: string): void {
    this.#held.note(key, undefined);
    this.#queuedMs.delete(key);
    this.#budget.forget(key);
  }

  /** These Services are no longer this process's to write. */
  drop(isDropped: (key: string) => boolean): void {
    this.#held.drop(isDropped);
    this.#budget.drop(isDropped);
    for (const key of [...this.#queuedMs.keys()]) if (isDropped(key)) this.#queuedMs.delete(key);
  }

  #judge(key: string, plan: Plan, writes: number, queuedMs: number): HoldReason | undefined {
    const byPolicy = HELD_BY_POLICY[this.#options.enforcementOf(key)];
    if (byPolicy !== undefined) return byPolicy;
    if (writes === 0 || this.#options.dryRun) return undefined;
    const hold = this.#holdOf(key);
    if (hold !== undefined) return hold;
    const blow = this.#fuse.judge(key, plan, queuedMs);
    if (blow !== undefined) {
      this.#blow(key, blow.changed, blow.hinted);
      return 'fuse';
    }
    return this.#budget.admit(key, writes) ? undefined : 'budget';
  }

  /** What holds a Service back whatever its plan is. */
  #holdOf(key: string): HoldReason | undefined {
    const byPolicy = HELD_BY_POLICY[this.#options.enforcementOf(key)];
    if (byPolicy !== undefined) return byPolicy;
    if (this.isStopped || !this.known) return 'stop';
    return this.isFuseBlown ? 'fuse' : undefined;
  }

  #blow(key: string, changed: number, hinted: number): void {
    const { clock, logger, onFuseBlown } = this.#options;
    const why = `${changed} of ${hinted} hinted endpoints would get other hints within a minute`;
    const at = metaTime(clock.wallMs());
    if (this.#switches === undefined) this.#blown = true;
    else this.#switches.blowFuse(`${at} ${why}`);
    const how =
      this.#switches === undefined
        ? 'a restart acknowledges it'
        : `remove the annotation ${FUSE_ANNOTATION} of Lease ${this.#switches.lease} to acknowledge it`;
    const sentence = `No more hints are written: ${why}, without a change of nodes or policies; ${how}`;
    logger.error({ service: key, changed, hinted, reason: Reason.FuseBlown }, sentence);
    onFuseBlown(key, verdict({ addressType: '', hinted: false, type: 'Warning', reason: Reason.FuseBlown, sentence }));
  }

  #switched({ stop, fuse }: Switches): void {
    const { logger } = this.#options;
    const lease = this.#switches?.lease;
    if (stop !== undefined)
      logger.warn({ lease, value: stop }, `no hints are written: the Lease has ${STOP_ANNOTATION}`);
    if (fuse !== undefined)
      logger.warn({ lease, value: fuse }, `no hints are written: the Lease has ${FUSE_ANNOTATION}`);
    const waiting = [...this.#held.keys('stop'), ...this.#held.keys('fuse')];
    if (!this.allowsWrites) {
      this.#wasSwitchedOff = true;
      for (const key of waiting) this.#held.note(key, this.#holdOf(key));
      return;
    }
    if (this.#wasSwitchedOff) logger.info({ lease, services: waiting.length }, 'hints are written again');
    // What was held back may be half of all hints.
    this.excuse();
    for (const key of waiting) this.#options.wake(key);
  }
}
