import type { Logger } from 'pino';
import { sleep, type Clock } from '../kube/clock.js';
import { FIRST_REFUSAL_MS, LATER_REFUSAL_MS, OptionalApi } from '../kube/cache/optionalApi.js';
import { Reflector } from '../kube/cache/reflector.js';
import type { ApiError, Transport } from '../kube/rest/transport.js';
import { GUARD_NAME, guardPaths, judgeGuard, readGuardPart, type GuardPart, type GuardPartName } from './status.js';

export interface GuardWatchOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  /** Which version of MutatingAdmissionPolicy to read. By default v1. */
  readonly policyVersion?: 'v1' | 'v1beta1';
  /** Called synchronously whenever `inForce` changes, and once when it is first known. */
  readonly onChange: (inForce: boolean, how: string) => void;
}

const PARTS: readonly GuardPartName[] = ['policy', 'binding', 'webhook'];

/** API servers put a new policy or webhook into use a little after they store it. */
const SETTLE_MS = 5000;
/** How often an API that is absent or forbidden is tried again. */
const RECHECK_MS = 5 * 60_000;

/**
 * Follows whether the guard is in force: as admission policy with its binding, or as webhook, each by its fixed name.
 * Needs get, list and watch on these three objects by name.
 *
 * What was read stays true until the API server answers otherwise: with a list, an event, or 404 for the whole API. 401
 * and 403 are no such answer, since an API server gives them for some seconds after it starts, before it has loaded
 * its roles. They count only when they last: then the part is logged once and taken as absent. A server that fails or
 * is silent accepts no writes either, so that what was read last stays true for as long as that lasts.
 */
export class GuardWatch {
  readonly #options: GuardWatchOptions;
  readonly #parts = new Map<GuardPartName, GuardPart>();
  readonly #warned = new Set<GuardPartName>();
  #inForce = false;
  #how = 'not known yet';
  #known = false;
  #cancelSettling: (() => void) | undefined;

  constructor(options: GuardWatchOptions) {
    this.#options = options;
  }

  /** Whether updates of other writers keep the hints of slicehints; false until this is known. */
  get inForce(): boolean {
    return this.#inForce;
  }

  /** The object by which it is in force, or why it is not; for logs and messages. */
  get how(): string {
    return this.#how;
  }

  /** All three parts have been read; nothing should be planned before. */
  get known(): boolean {
    return this.#known;
  }

  /** Settles when the signal fires; never rejects for anything that a server does. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all(PARTS.map((part) => this.#follow(part, signal)));
    this.#cancelSettling?.();
  }

  async #follow(part: GuardPartName, signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    while (!signal.aborted) {
      await this.#followUntilHopeless(part, signal);
      await sleep(clock, RECHECK_MS, signal);
    }
  }

  /** Settles when the signal fires, when the API is absent, or when the part may not be read for long. */
  async #followUntilHopeless(part: GuardPartName, signal: AbortSignal): Promise<void> {
    const { transport, clock, random, logger, policyVersion = 'v1' } = this.#options;
    const attempt = new AbortController();
    const stop = (): void => attempt.abort();
    let objects = 0;
    const giveUp = (state: GuardPart): void => {
      this.#learn(part, state);
      attempt.abort();
    };
    const refusalMs = (): number => (isReadable(this.#parts.get(part)) ? LATER_REFUSAL_MS : FIRST_REFUSAL_MS);
    const api = new OptionalApi({
      clock,
      refusalMs,
      absentMs: () => 0,
      onRefused: (error) => {
        this.#warnOnce(part, error, refusalMs());
        giveUp({ state: 'forbidden' });
      },
      onAbsent: () => giveUp({ state: 'unserved' }),
    });
    const reflector = new Reflector<GuardPart>({
      name: `guard-${part}`,
      transport,
      path: guardPaths(policyVersion)[part],
      fieldSelector: `metadata.name=${GUARD_NAME}`,
      transform: (raw) => readGuardPart(part, raw),
      events: {
        onChange: (_, next) => {
          objects += next === undefined ? -1 : 1;
          this.#learn(part, next ?? { state: 'missing' });
        },
        onSynced: () => {
          if (objects === 0) this.#learn(part, { state: 'missing' });
        },
      },
      clock,
      random,
      // The reflectors of Services and slices log what is wrong with the server; what is wrong here is logged below.
      logger: logger.child({ component: 'reflector' }, { level: 'error' }),
      // A handful of objects at most: every server understands pages, and answers at once when the API is absent.
      streamingList: false,
      observer: api.observer,
    });
    // Not AbortSignal.any: each of them stays on record with the signal of the process, and there is one every five minutes.
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    await reflector.run(attempt.signal);
    signal.removeEventListener('abort', stop);
    api.settle();
  }

  #warnOnce(part: GuardPartName, error: ApiError, forMs: number): void {
    if (this.#warned.has(part)) return;
    this.#warned.add(part);
    this.#options.logger.warn(
      { error: error.message, seconds: forMs / 1000 },
      `the guard's ${part} is forbidden to read; it counts as absent`,
    );
  }

  #learn(part: GuardPartName, state: GuardPart): void {
    const { clock, policyVersion = 'v1' } = this.#options;
    this.#parts.set(part, state);
    if (PARTS.some((name) => !this.#parts.has(name))) return;
    const { inForce, how } = judgeGuard(this.#parts, policyVersion);
    this.#cancelSettling?.();
    this.#cancelSettling = undefined;
    if (!this.#known) {
      this.#known = true;
      this.#report(inForce, how);
    } else if (inForce && !this.#inForce) {
      this.#cancelSettling = clock.after(SETTLE_MS, () => this.#report(inForce, how));
    } else if (inForce === this.#inForce) {
      this.#how = how;
    } else {
      this.#report(inForce, how);
    }
  }

  #report(inForce: boolean, how: string): void {
    this.#inForce = inForce;
    this.#how = how;
    this.#options.logger.info({ inForce, how }, inForce ? 'the guard is in force' : 'the guard is not in force');
    this.#options.onChange(inForce, how);
  }
}

/** The part has been read, and nothing but a new answer changes that soon. */
function isReadable(part: GuardPart | undefined): boolean {
  return part !== undefined && part.state !== 'forbidden';
}
