import { FIRST_REFUSAL_MS, LATER_REFUSAL_MS, OptionalApi } from '../kube/cache/optionalApi.js';
import { Reflector } from '../kube/cache/reflector.js';
import type { ReflectorObserver, ReflectorSurroundings } from '../kube/cache/reflectorOptions.js';
import { sleep } from '../kube/clock.js';
import { messageOf } from '../kube/json.js';
import { LogThrottle } from '../kube/logThrottle.js';
import { ApiError } from '../kube/rest/transport.js';

/** One resource of those that are followed together. */
export interface OptionalResource {
  readonly name: string;
  readonly path: string;
  readonly transform: (raw: unknown) => unknown;
  readonly onChange: (key: string, next: unknown, previous: unknown) => void;
  /** The server has it in any case: its objects are not reported as deleted when the definitions go. */
  readonly builtIn?: true;
}

export interface OptionalResourcesOptions extends ReflectorSurroundings {
  /** How log lines name them, e.g. `policies`. */
  readonly what: string;
  /** Answered with 404 where the definitions are not installed. */
  readonly probePath: string;
  readonly probeQuery?: { readonly limit: number };
  readonly resources: readonly OptionalResource[];
  /** Whether there are any is known for the first time: all that there are have been reported. */
  readonly onKnown: () => void;
}

/** How often a cluster without the definitions is asked again. */
const RECHECK_MS = 30_000;
/** How often a server that does not answer is asked whether it serves them. */
const RETRY_MS = 1000;
/** Kinds that were read and are not served are gone when they stay away for this long. */
const GONE_MS = 5000;

/**
 * Follows custom resources for as long as the cluster serves them: their definitions may come and go while the controller runs.
 * When they go, every object is reported as deleted.
 */
export class OptionalResources {
  readonly #options: OptionalResourcesOptions;
  #known = false;
  #served = false;
  #warned = false;
  /** Since when the question whether they are served is answered with 403, before there was another answer. */
  #refusedSinceMs: number | undefined;
  readonly #failures: LogThrottle;

  constructor(options: OptionalResourcesOptions) {
    this.#options = options;
    this.#failures = new LogThrottle(options.clock);
  }

  /** Whether there are any has been found out; nothing should be planned before. */
  get known(): boolean {
    return this.#known;
  }

  /** The cluster serves them, and they may be read. */
  get served(): boolean {
    return this.#served;
  }

  /** Settles when the signal fires; never rejects for anything that a server does. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, logger, what } = this.#options;
    while (!signal.aborted) {
      const served = await this.#isServed(signal);
      if (served === undefined) {
        await sleep(clock, RETRY_MS, signal);
        continue;
      }
      if (served) {
        await this.#follow(signal);
        if (signal.aborted) return;
        // Where they may not be read they are tried again and again, without a change.
        if (this.#served) logger.info(`${what} are no longer served, or may not be read: there are none now`);
      }
      this.#learn(false);
      await sleep(clock, RECHECK_MS, signal);
    }
  }

  /** @returns undefined where the server does not answer the question */
  async #isServed(signal: AbortSignal): Promise<boolean | undefined> {
    const { transport, probePath: path, probeQuery: query = {} } = this.#options;
    try {
      await transport.send({ method: 'GET', path, query, signal });
      return true;
    } catch (error) {
      const status = error instanceof ApiError ? error.status : 0;
      if (status === 403) return this.#isRefusalOver() ? false : undefined;
      this.#refusedSinceMs = undefined;
      if (status === 404) return false;
      if (!signal.aborted) this.#logFailure(error);
      return undefined;
    }
  }

  #logFailure(error: unknown): void {
    const { logger, what } = this.#options;
    const suppressed = this.#failures.pass();
    if (suppressed === undefined) return;
    const effect = this.#known ? '' : '; nothing is planned before that';
    logger.warn(
      { error: messageOf(error), suppressed },
      `could not find out whether the cluster serves ${what}${effect}`,
    );
  }

  /** What was never read may be refused by a server that has just started, and has not loaded its roles. */
  #isRefusalOver(): boolean {
    if (this.#known) return true;
    const nowMs = this.#options.clock.monotonicMs();
    this.#refusedSinceMs ??= nowMs;
    return nowMs - this.#refusedSinceMs >= FIRST_REFUSAL_MS;
  }

  /** Settles when the signal fires, when a kind is no longer served, or when one may not be read for long. */
  async #follow(signal: AbortSignal): Promise<void> {
    const { clock, resources, observer } = this.#options;
    const attempt = new AbortController();
    const stop = AbortSignal.any([signal, attempt.signal]);
    const waiting = new Set(resources.map(({ name }) => name));
    const api = new OptionalApi({
      clock,
      refusalMs: () => (waiting.size > 0 ? FIRST_REFUSAL_MS : LATER_REFUSAL_MS),
      absentMs: () => (waiting.size > 0 ? 0 : GONE_MS),
      onRefused: (error) => {
        this.#warnOnce(error);
        attempt.abort();
      },
      onAbsent: () => attempt.abort(),
      observer,
    });
    const common: Common = {
      onSynced: (name) => {
        waiting.delete(name);
        if (waiting.size === 0) this.#learn(true);
      },
      observer: api.observer,
    };
    const objects = new Map<OptionalResource, Map<string, unknown>>();
    const reflectors = resources.map((resource) => {
      const own = new Map<string, unknown>();
      if (resource.builtIn !== true) objects.set(resource, own);
      return this.#reflector(resource, own, common);
    });
    await Promise.all(reflectors.map((reflector) => reflector.run(stop)));
    api.settle();
    if (signal.aborted) return;
    for (const [{ onChange }, own] of objects) {
      for (const [key, object] of own) onChange(key, undefined, object);
    }
  }

  #reflector(
    { name, path, transform, onChange }: OptionalResource,
    own: Map<string, unknown>,
    common: Common,
  ): Reflector<unknown> {
    const { transport, clock, random, logger } = this.#options;
    return new Reflector<unknown>({
      name,
      transport,
      path,
      transform,
      events: {
        onChange: (key, next, previous) => {
          if (next === undefined) own.delete(key);
          else own.set(key, next);
          onChange(key, next, previous);
        },
        onSynced: () => common.onSynced(name),
      },
      clock,
      random,
      logger: logger.child({ component: 'reflector', resource: name }),
      streamingList: false,
      observer: common.observer,
    });
  }

  #warnOnce(error: ApiError): void {
    if (this.#warned) return;
    this.#warned = true;
    this.#options.logger.warn({ error: error.message }, `${this.#options.what} may not be read; they count as absent`);
  }

  #learn(served: boolean): void {
    if (served && !this.#served) this.#options.logger.info(`the cluster serves ${this.#options.what}`);
    this.#served = served;
    if (this.#known) return;
    this.#known = true;
    this.#options.onKnown();
  }
}

interface Common {
  readonly onSynced: (name: string) => void;
  readonly observer: ReflectorObserver;
}

/** A resource whose objects have one type; what the transform gives is what `onChange` gets. */
export function optionalResource<T>(resource: {
  readonly name: string;
  readonly path: string;
  readonly transform: (raw: unknown) => T;
  readonly onChange: (key: string, next: T | undefined, previous: T | undefined) => void;
  readonly builtIn?: true;
}): OptionalResource {
  const { onChange } = resource;
  return {
    ...resource,
    onChange: (key, next, previous) => onChange(key, next as T | undefined, previous as T | undefined),
  };
}
