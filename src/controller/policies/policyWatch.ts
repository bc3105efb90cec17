import type { Logger } from 'pino';
import { FIRST_REFUSAL_MS, LATER_REFUSAL_MS } from '../../guard/watch.js';
import { Reflector } from '../../kube/cache/reflector.js';
import type { ReflectorObserver } from '../../kube/cache/reflectorOptions.js';
import { sleep, type Clock } from '../../kube/clock.js';
import { clusterPoliciesPath, namespacesPath, policiesPath, policyGroupPath } from '../../kube/rest/paths.js';
import { ApiError, type Transport } from '../../kube/rest/transport.js';
import { readPolicy, type HintsPolicyManifest, type PolicyKind, type PolicyRecord } from '../../hints/policy/policy.js';
import type { NamespaceManifest } from '../../hints/policy/policyReader.js';
import type { Labels } from '../../model/labelSelector.js';

export interface PolicyWatchOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  readonly observer: ReflectorObserver;
  /** Only the HintsPolicy objects of this namespace; empty: all. */
  readonly namespace: string;
  readonly onPolicy: (next: PolicyRecord | undefined, previous: PolicyRecord | undefined) => void;
  readonly onNamespace: (name: string, labels: Labels | undefined) => void;
  /** Whether there are policies is known for the first time: all that there are have been reported. */
  readonly onKnown: () => void;
}

/** How often a cluster without the definitions is asked again. */
const RECHECK_MS = 30_000;
/** How often a server that does not answer is asked whether it serves policies. */
const RETRY_MS = 1000;
/** Kinds that were read and are not served are gone when they stay away for this long. */
const GONE_MS = 5000;

type Served = 'yes' | 'no' | 'unknown';

/**
 * Follows ClusterHintsPolicy, HintsPolicy and Namespace objects, for as long as the cluster serves policies: their definitions
 * may come and go while the controller runs. When they go, every policy is reported as deleted.
 */
export class PolicyWatch {
  readonly #options: PolicyWatchOptions;
  #known = false;
  #served = false;
  #warned = false;

  constructor(options: PolicyWatchOptions) {
    this.#options = options;
  }

  /** Whether there are policies has been found out; nothing should be planned before. */
  get known(): boolean {
    return this.#known;
  }

  /** The cluster serves policies, and they may be read. */
  get served(): boolean {
    return this.#served;
  }

  /** Settles when the signal fires; never rejects for anything that a server does. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, logger } = this.#options;
    while (!signal.aborted) {
      const served = await this.#isServed(signal);
      if (served === 'unknown') {
        await sleep(clock, RETRY_MS, signal);
        continue;
      }
      if (served === 'yes') {
        logger.info('the cluster serves policies');
        await this.#follow(signal);
        if (signal.aborted) return;
        logger.info('policies are no longer served, or may not be read: there are none now');
      }
      this.#learn(false);
      await sleep(clock, RECHECK_MS, signal);
    }
  }

  async #isServed(signal: AbortSignal): Promise<Served> {
    try {
      await this.#options.transport.send({ method: 'GET', path: policyGroupPath(), signal });
      return 'yes';
    } catch (error) {
      return error instanceof ApiError && (error.status === 404 || error.status === 403) ? 'no' : 'unknown';
    }
  }

  /** Settles when the signal fires, when a kind is no longer served, or when one may not be read for long. */
  async #follow(signal: AbortSignal): Promise<void> {
    const { clock, namespace, onPolicy, onNamespace } = this.#options;
    const attempt = new AbortController();
    const stop = AbortSignal.any([signal, attempt.signal]);
    const policies = new Map<string, PolicyRecord>();
    const waiting = new Set(['clusterhintspolicies', 'hintspolicies', 'namespaces']);
    let cancelRefusal: (() => void) | undefined;
    const giveUp = (): void => attempt.abort();
    const common = {
      onSynced: (name: string) => {
        waiting.delete(name);
        if (waiting.size === 0) this.#learn(true);
      },
      onListed: () => {
        cancelRefusal?.();
        cancelRefusal = undefined;
      },
      onListFailed: (error: ApiError) => {
        if (error.status === 404) {
          if (waiting.size > 0) giveUp();
          else cancelRefusal ??= clock.after(GONE_MS, giveUp);
        } else if (error.status === 401 || error.status === 403) {
          // As with the guard: API servers answer 403 for some seconds after their start.
          cancelRefusal ??= clock.after(waiting.size > 0 ? FIRST_REFUSAL_MS : LATER_REFUSAL_MS, () => {
            this.#warnOnce(error);
            giveUp();
          });
        }
      },
    };
    const policyReflector = (name: string, path: string, kind: PolicyKind): Reflector<PolicyRecord> =>
      this.#reflector<PolicyRecord>(name, path, common, {
        transform: (raw) => readPolicy({ ...(raw as HintsPolicyManifest), kind }),
        onChange: (key, next, previous) => {
          if (next === undefined) policies.delete(`${kind} ${key}`);
          else policies.set(`${kind} ${key}`, next);
          onPolicy(next, previous);
        },
      });
    const reflectors = [
      policyReflector('clusterhintspolicies', clusterPoliciesPath(), 'ClusterHintsPolicy'),
      policyReflector('hintspolicies', policiesPath(namespace), 'HintsPolicy'),
      this.#reflector<Labels>('namespaces', namespacesPath(), common, {
        transform: (raw) => ({ ...(raw as NamespaceManifest).metadata?.labels }),
        onChange: (key, next) => onNamespace(key, next),
      }),
    ];
    await Promise.all(reflectors.map((reflector) => reflector.run(stop)));
    common.onListed();
    if (signal.aborted) return;
    for (const policy of policies.values()) onPolicy(undefined, policy);
  }

  #reflector<T>(
    name: string,
    path: string,
    common: {
      readonly onSynced: (name: string) => void;
      readonly onListed: () => void;
      readonly onListFailed: (error: ApiError) => void;
    },
    own: {
      readonly transform: (raw: unknown) => T;
      readonly onChange: (key: string, next: T | undefined, previous: T | undefined) => void;
    },
  ): Reflector<T> {
    const { transport, clock, random, logger, observer } = this.#options;
    return new Reflector<T>({
      name,
      transport,
      path,
      transform: own.transform,
      events: { onChange: own.onChange, onSynced: () => common.onSynced(name) },
      clock,
      random,
      logger: logger.child({ component: 'reflector', resource: name }),
      streamingList: false,
      observer: {
        ...observer,
        onList: (...report) => {
          common.onListed();
          observer.onList?.(...report);
        },
        onListFailed: (reflector, error) => {
          common.onListFailed(error);
          observer.onListFailed?.(reflector, error);
        },
      },
    });
  }

  #warnOnce(error: ApiError): void {
    if (this.#warned) return;
    this.#warned = true;
    this.#options.logger.warn({ error: error.message }, 'policies may not be read; they count as absent');
  }

  #learn(served: boolean): void {
    this.#served = served;
    if (this.#known) return;
    this.#known = true;
    this.#options.onKnown();
  }
}
