import type { Logger } from 'pino';
import { sleep, type Clock } from '../kube/clock.js';
import { Reflector } from '../kube/cache/reflector.js';
import type { ApiError, Transport } from '../kube/rest/transport.js';
import { GUARD_NAME, guardPaths, judgeGuard, readGuardPart, type GuardPart, type GuardPartName } from './status.js';

export interface GuardWatchOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  /** Which version of MutatingAdmissionPolicy to look for. By default v1. */
  readonly policyVersion?: 'v1' | 'v1beta1';
  /** API servers put a new policy or webhook into use a little after they store it. By default 5 s. */
  readonly settleMs?: number;
  /** How often an API that is absent, or that we may not read, is looked for again. By default 5 minutes. */
  readonly recheckMs?: number;
  /** Called synchronously whenever `inForce` changes, and once when it is first known. */
  readonly onChange: (inForce: boolean, how: string) => void;
}

const PARTS: readonly GuardPartName[] = ['policy', 'binding', 'webhook'];

/**
 * Knows whether the guard is in force: as admission policy with its binding, or as webhook, each by its fixed name. Needs
 * get, list and watch on these three objects by name; where it may not read one, it says so once and takes it as absent.
 */
export class GuardWatch {
  readonly #options: GuardWatchOptions;
  readonly #parts = new Map<GuardPartName, GuardPart>();
  #inForce = false;
  #how = 'not known yet';
  #known = false;
  #cancelSettling: (() => void) | undefined;

  constructor(options: GuardWatchOptions) {
    this.#options = options;
  }

  /** Whether another writer's update keeps our hints; false until it is known. */
  get inForce(): boolean {
    return this.#inForce;
  }

  /** By what it is in force, or why not; for people. */
  get how(): string {
    return this.#how;
  }

  /** All three places have been looked at; nothing should be planned before. */
  get known(): boolean {
    return this.#known;
  }

  /** Settles when the signal fires; never rejects for anything that a server does. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all(PARTS.map((part) => this.#follow(part, signal)));
    this.#cancelSettling?.();
  }

  async #follow(part: GuardPartName, signal: AbortSignal): Promise<void> {
    const { transport, clock, random, logger, policyVersion = 'v1', recheckMs = 5 * 60_000 } = this.#options;
    const path = guardPaths(policyVersion)[part];
    let forbiddenBefore = false;
    while (!signal.aborted) {
      const attempt = new AbortController();
      const stop = (): void => attempt.abort();
      signal.addEventListener('abort', stop, { once: true });
      let objects = 0;
      const settle = (state: GuardPart): void => this.#learn(part, state);
      const reflector = new Reflector<GuardPart>({
        name: `guard-${part}`,
        transport,
        path,
        fieldSelector: `metadata.name=${GUARD_NAME}`,
        transform: (raw) => readGuardPart(part, raw),
        events: {
          onChange: (_, next) => {
            objects += next === undefined ? -1 : 1;
            settle(next ?? { state: 'missing' });
          },
          onSynced: () => {
            if (objects === 0) settle({ state: 'missing' });
          },
        },
        clock,
        random,
        // What is wrong with the server, the reflectors of Services and slices say; what is wrong here is said below.
        logger: logger.child({ component: 'reflector' }, { level: 'error' }),
        // A handful of objects at most: pages are understood by every server, and tell at once when the API is absent.
        streamingList: false,
        observer: {
          onListFailed: (_, error) => {
            const state = hopeless(error);
            if (state === undefined) return;
            if (state === 'forbidden' && !forbiddenBefore) {
              forbiddenBefore = true;
              logger.warn({ path, error: error.message }, `may not look for the guard's ${part}; taken as absent`);
            }
            settle({ state });
            attempt.abort();
          },
        },
      });
      await reflector.run(attempt.signal);
      signal.removeEventListener('abort', stop);
      await sleep(clock, recheckMs, signal);
    }
  }

  #learn(part: GuardPartName, state: GuardPart): void {
    const { clock, policyVersion = 'v1', settleMs = 5000 } = this.#options;
    this.#parts.set(part, state);
    if (PARTS.some((name) => !this.#parts.has(name))) return;
    const { inForce, how } = judgeGuard(this.#parts, policyVersion);
    this.#cancelSettling?.();
    this.#cancelSettling = undefined;
    if (!this.#known) {
      this.#known = true;
      this.#tell(inForce, how);
    } else if (inForce && !this.#inForce) {
      this.#cancelSettling = clock.after(settleMs, () => this.#tell(inForce, how));
    } else if (inForce === this.#inForce) {
      this.#how = how;
    } else {
      this.#tell(inForce, how);
    }
  }

  #tell(inForce: boolean, how: string): void {
    this.#inForce = inForce;
    this.#how = how;
    this.#options.logger.info({ inForce, how }, inForce ? 'the guard is in force' : 'the guard is not in force');
    this.#options.onChange(inForce, how);
  }
}

/** Answers that will not get better by asking again soon. */
function hopeless(error: ApiError): 'unserved' | 'forbidden' | undefined {
  if (error.status === 404) return 'unserved';
  return error.status === 403 || error.status === 401 ? 'forbidden' : undefined;
}
