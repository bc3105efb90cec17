import { selectsLabels, type Labels } from '../../model/labelSelector.js';
import type { ServiceRecord } from '../../model/service.js';
import { comparePolicies, type PolicyRecord } from './policy.js';

const NO_LABELS: Labels = Object.freeze({});
/** Every namespace has it (KEP-2161), so that a policy can select namespaces by name. */
const NAME_LABEL = 'kubernetes.io/metadata.name';

/** The same policy with the very defaults of its former version where they are equal: plans remember by such objects. */
function sharingDefaults(policy: PolicyRecord, former: PolicyRecord | undefined): PolicyRecord {
  if (former === undefined || JSON.stringify(former.defaults) !== JSON.stringify(policy.defaults)) return policy;
  return { ...policy, defaults: former.defaults };
}

/** Which policies select which Services. Those of the cluster are matched once for each namespace. */
export class PolicyIndex {
  readonly #cluster = new Map<string, PolicyRecord>();
  readonly #byNamespace = new Map<string, Map<string, PolicyRecord>>();
  readonly #namespaces = new Map<string, Labels>();
  /** Policies that select a namespace, by precedence. */
  readonly #candidates = new Map<string, readonly PolicyRecord[]>();

  get size(): number {
    let size = this.#cluster.size;
    for (const policies of this.#byNamespace.values()) size += policies.size;
    return size;
  }

  /** All policies, by precedence. */
  all(): PolicyRecord[] {
    return [...this.#cluster.values(), ...[...this.#byNamespace.values()].flatMap((own) => [...own.values()])].sort(
      comparePolicies,
    );
  }

  /** Takes in a policy, or takes it out. */
  setPolicy(policy: PolicyRecord, present: boolean): void {
    const { kind, namespace, name } = policy;
    if (kind === 'ClusterHintsPolicy') {
      if (present) this.#cluster.set(name, sharingDefaults(policy, this.#cluster.get(name)));
      else this.#cluster.delete(name);
      this.#candidates.clear();
      return;
    }
    const own = this.#byNamespace.get(namespace) ?? new Map<string, PolicyRecord>();
    if (present) this.#byNamespace.set(namespace, own.set(name, policy));
    else if (own.delete(name) && own.size === 0) this.#byNamespace.delete(namespace);
    this.#candidates.delete(namespace);
  }

  /** @param labels undefined: the namespace is gone */
  setNamespace(name: string, labels: Labels | undefined): void {
    if (labels === undefined) this.#namespaces.delete(name);
    else this.#namespaces.set(name, labels);
    this.#candidates.delete(name);
  }

  /** The policies that select a Service, by precedence. */
  matching({ namespace, labels }: Pick<ServiceRecord, 'namespace' | 'labels'>): readonly PolicyRecord[] {
    const candidates = this.candidates(namespace);
    const isSelected = (policy: PolicyRecord): boolean => selectsLabels(policy.serviceSelector, labels ?? NO_LABELS);
    // Where all are selected, Services share the list and what is worked out from it.
    return candidates.every(isSelected) ? candidates : candidates.filter(isSelected);
  }

  /** The policies that may select Services of a namespace, by precedence. */
  candidates(namespace: string): readonly PolicyRecord[] {
    const known = this.#candidates.get(namespace);
    if (known !== undefined) return known;
    const labels = this.#labelsOf(namespace);
    const candidates = [
      ...(this.#byNamespace.get(namespace)?.values() ?? []),
      ...[...this.#cluster.values()].filter((policy) => selectsLabels(policy.namespaceSelector, labels)),
    ]
      .filter(({ problem }) => problem === undefined)
      .sort(comparePolicies);
    this.#candidates.set(namespace, candidates);
    return candidates;
  }

  /** Whether a policy selects a Service, whatever others do. */
  selects(policy: PolicyRecord, { namespace, labels }: Pick<ServiceRecord, 'namespace' | 'labels'>): boolean {
    if (policy.problem !== undefined) return false;
    if (policy.kind === 'HintsPolicy' && policy.namespace !== namespace) return false;
    if (!selectsLabels(policy.serviceSelector, labels ?? NO_LABELS)) return false;
    return policy.kind === 'HintsPolicy' || selectsLabels(policy.namespaceSelector, this.#labelsOf(namespace));
  }

  #labelsOf(namespace: string): Labels {
    return { ...this.#namespaces.get(namespace), [NAME_LABEL]: namespace };
  }
}
