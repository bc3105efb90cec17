import type { Logger } from 'pino';
import { messageOf } from '../../kube/json.js';
import { sleep, type Clock } from '../../kube/clock.js';
import { LogThrottle } from '../../kube/logThrottle.js';
import { metaTime } from '../../kube/metaTime.js';
import { clusterPoliciesPath, policiesPath } from '../../kube/rest/paths.js';
import { ApiError, type Transport } from '../../kube/rest/transport.js';
import { policyTitle, type PolicyRecord } from '../../hints/policy/policy.js';
import { policyStatuses, type PolicyCondition, type PolicyStatus, type StatusInput } from './policyStatus.js';

export interface PolicyStatusWriterOptions extends StatusInput {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Asked before each write. */
  readonly mayWrite: () => boolean;
}

/** Status follows what it tells at this pace, and only where it changed: counts of busy clusters change all the time. */
const PACE_MS = 30_000;
/** Whoever applies a policy waits no longer than this to read whether it is accepted. */
const NEW_MS = 1000;

type Condition = PolicyCondition & { readonly lastTransitionTime: string };

/** Writes the status of policies. It steers nothing: what fails is written with the next change. */
export class PolicyStatusWriter {
  readonly #options: PolicyStatusWriterOptions;
  readonly #failures: LogThrottle;
  /** By title: what was written last, and when its conditions became what they are. */
  readonly #written = new Map<string, { readonly text: string; readonly conditions: readonly Condition[] }>();
  /** Of every policy, what was tried to be told of: a status that cannot be written waits for the pace. */
  #tried: ReadonlySet<string> = new Set();

  constructor(options: PolicyStatusWriterOptions) {
    this.#options = options;
    this.#failures = new LogThrottle(options.clock);
  }

  /** Settles when the signal fires; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, index } = this.#options;
    let pacedMs = clock.monotonicMs();
    while (!signal.aborted) {
      await sleep(clock, NEW_MS, signal);
      if (signal.aborted) return;
      // Another replica may write while this one may not.
      if (index.size === 0 || !this.#options.mayWrite()) {
        this.#written.clear();
        continue;
      }
      const nowMs = clock.monotonicMs();
      const isPaced = nowMs - pacedMs >= PACE_MS;
      if (isPaced) pacedMs = nowMs;
      const policies = index.all();
      const due = isPaced ? policies : policies.filter((policy) => this.#isNew(policy));
      if (due.length === 0) continue;
      this.#tried = new Set(policies.map(versionOf));
      await this.#writeAll(new Set(due), signal);
    }
  }

  #isNew(policy: PolicyRecord): boolean {
    return policy.observedGeneration !== policy.generation && !this.#tried.has(versionOf(policy));
  }

  async #writeAll(due: ReadonlySet<PolicyRecord>, signal: AbortSignal): Promise<void> {
    for (const [policy, status] of policyStatuses(this.#options)) {
      if (signal.aborted || !this.#options.mayWrite()) return;
      if (due.has(policy)) await this.#write(policy, status, signal);
    }
  }

  async #write(policy: PolicyRecord, status: PolicyStatus, signal: AbortSignal): Promise<void> {
    const { transport, clock, logger } = this.#options;
    const title = policyTitle(policy);
    const text = `${policy.uid} ${JSON.stringify(status)}`;
    const before = this.#written.get(title);
    if (before?.text === text) return;
    const now = metaTime(clock.wallMs());
    const conditions = status.conditions.map((condition): Condition => {
      const known = [...policy.conditions, ...(before?.conditions ?? [])].find(({ type }) => type === condition.type);
      return { ...condition, lastTransitionTime: known?.status === condition.status ? known.lastTransitionTime : now };
    });
    try {
      await transport.send({
        method: 'PATCH',
        path: `${pathOf(policy)}/status`,
        body: { status: { ...status, conditions } },
        contentType: 'application/merge-patch+json',
        signal,
      });
      this.#written.set(title, { text, conditions });
    } catch (error) {
      if (signal.aborted || (error instanceof ApiError && error.status === 404)) return;
      const suppressed = this.#failures.pass();
      if (suppressed === undefined) return;
      logger.warn(
        { policy: title, error: messageOf(error), suppressed },
        'the status of a policy could not be written',
      );
    }
  }
}

function versionOf({ uid, generation }: PolicyRecord): string {
  return `${uid} ${generation}`;
}

function pathOf({ kind, namespace, name }: PolicyRecord): string {
  const collection = kind === 'HintsPolicy' ? policiesPath(namespace) : clusterPoliciesPath();
  return `${collection}/${encodeURIComponent(name)}`;
}
