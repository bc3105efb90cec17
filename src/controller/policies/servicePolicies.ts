import { applyPolicies, sumUpPolicies, type PolicySum } from '../../hints/policy/applyPolicies.js';
import type { PolicyRecord } from '../../hints/policy/policy.js';
import { PolicyIndex } from '../../hints/policy/policyIndex.js';
import { sameNames } from '../../model/hints.js';
import type { Labels } from '../../model/labelSelector.js';
import type { ServiceRecord } from '../../model/service.js';

export interface ServicePoliciesOptions {
  /** The Services as policies made them, by `namespace/name`. */
  readonly services: () => ReadonlyMap<string, ServiceRecord>;
  /** Policies make something else of a Service now; `own` is the Service as it was read. */
  readonly onChange: (key: string, own: ServiceRecord) => void;
}

/**
 * What policies make of each Service, and which Services a change of a policy or of a namespace touches. Until `start`, what
 * comes is only gathered: the first pass over all Services is made once, with all policies.
 */
export class ServicePolicies {
  readonly #options: ServicePoliciesOptions;
  readonly #index = new PolicyIndex();
  /** Each record with policies and the one that was read. */
  readonly #own = new WeakMap<ServiceRecord, ServiceRecord>();
  /** By the list of policies: Services that all policies of their namespace select share one. */
  readonly #sums = new WeakMap<readonly PolicyRecord[], PolicySum>();
  #started = false;

  constructor(options: ServicePoliciesOptions) {
    this.#options = options;
  }

  get index(): PolicyIndex {
    return this.#index;
  }

  /** A Service as policies make it. */
  effective(own: ServiceRecord): ServiceRecord {
    const made = this.#apply(own);
    if (made !== own) this.#own.set(made, own);
    return made;
  }

  /** All policies and namespaces that there are have been handed in. */
  start(): void {
    this.#started = true;
    if (this.#index.size > 0) this.#review(() => true);
  }

  /** A policy came, changed or went. */
  policyChanged(next: PolicyRecord | undefined, previous: PolicyRecord | undefined): void {
    if (next !== undefined) this.#index.setPolicy(next, true);
    else if (previous !== undefined) this.#index.setPolicy(previous, false);
    // Each status that is written comes back as a new version.
    if (next !== undefined && previous !== undefined && meansSame(next, previous)) return;
    const touching = [next, previous].filter((policy) => policy !== undefined);
    this.#review((service) => touching.some((policy) => this.#index.selects(policy, service)));
  }

  /** The labels of a namespace changed; undefined: it is gone. */
  namespaceChanged(name: string, labels: Labels | undefined): void {
    this.#index.setNamespace(name, labels);
    if (this.#index.size > 0) this.#review(({ namespace }) => namespace === name);
  }

  #apply(own: ServiceRecord): ServiceRecord {
    return applyPolicies(own, this.#index.matching(own), (policies) => {
      const known = this.#sums.get(policies);
      const sum = known ?? sumUpPolicies(policies);
      if (known === undefined) this.#sums.set(policies, sum);
      return sum;
    });
  }

  #review(touches: (service: ServiceRecord) => boolean): void {
    if (!this.#started) return;
    for (const [key, service] of this.#options.services()) {
      if (!touches(service)) continue;
      const own = this.#own.get(service) ?? service;
      const made = this.#apply(own);
      if (!isSame(made, service)) this.#options.onChange(key, own);
    }
  }
}

/** Whether two versions of a policy make the same of every Service. */
function meansSame(a: PolicyRecord, b: PolicyRecord): boolean {
  const meaning = (policy: PolicyRecord): string =>
    JSON.stringify({ ...policy, uid: '', resourceVersion: '', generation: 0, observedGeneration: 0, conditions: [] });
  return meaning(a) === meaning(b);
}

/** Whether policies make the same of two records of one version of a Service. */
function isSame(a: ServiceRecord, b: ServiceRecord): boolean {
  if (a === b) return true;
  // Costs and networks may be long, and an index keeps the objects as long as they are equal.
  if (a.policy?.zoneCosts !== b.policy?.zoneCosts || a.policy?.zoneCidrs !== b.policy?.zoneCidrs) return false;
  // A namespace may have thousands of policies: mostly another number of them selects the Service.
  if (!sameNames(a.policy?.policies, b.policy?.policies)) return false;
  const shown = ({ annotations, policy }: ServiceRecord): string =>
    JSON.stringify([
      Object.entries(annotations).sort(),
      { ...policy, policies: undefined, zoneCosts: undefined, zoneCidrs: undefined },
    ]);
  return shown(a) === shown(b);
}
