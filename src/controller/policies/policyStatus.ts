import { chooseMode } from '../../hints/mode.js';
import { conflictsAmong } from '../../hints/policy/applyPolicies.js';
import { policyTitle, type PolicyRecord } from '../../hints/policy/policy.js';
import type { PolicyIndex } from '../../hints/policy/policyIndex.js';
import type { ServiceRecord } from '../../model/service.js';
import type { SliceRecord } from '../../model/slice.js';

/** What the status of a policy tells, without times. */
export interface PolicyStatus {
  readonly observedGeneration: number;
  readonly services: {
    readonly matched: number;
    readonly hinted: number;
    readonly blocked: number;
    readonly limited: number;
    readonly heldBack: number;
  };
  readonly conditions: readonly PolicyCondition[];
}

export interface PolicyCondition {
  readonly type: 'Accepted' | 'Conflicted';
  readonly status: 'True' | 'False';
  readonly observedGeneration: number;
  readonly reason: string;
  readonly message: string;
}

export interface StatusInput {
  readonly index: Pick<PolicyIndex, 'all' | 'size'>;
  /** As policies made them. */
  readonly services: ReadonlyMap<string, ServiceRecord>;
  readonly slicesOf: (key: string) => readonly SliceRecord[];
}

type Counts = { -readonly [K in keyof PolicyStatus['services']]: number };

/** The status of every policy, from one pass over the Services. */
export function policyStatuses({ index, services, slicesOf }: StatusInput): ReadonlyMap<PolicyRecord, PolicyStatus> {
  const policies = index.all();
  const byTitle = new Map(policies.map((policy) => [policyTitle(policy), policy]));
  const counts = new Map<PolicyRecord, Counts>();
  const conflicts = new Map<PolicyRecord, { readonly other: PolicyRecord; readonly key: string }>();
  for (const policy of policies) counts.set(policy, { matched: 0, hinted: 0, blocked: 0, limited: 0, heldBack: 0 });
  for (const [key, service] of services) {
    if (service.policy === undefined) continue;
    const selecting = service.policy.policies.flatMap((title) => byTitle.get(title) ?? []);
    const isHinted = slicesOf(key).some(({ endpoints }) => endpoints.some(({ hints }) => hints !== undefined));
    const asks = chooseMode(service).mode !== 'off';
    for (const policy of selecting) {
      const count = counts.get(policy)!;
      count.matched += 1;
      if (isHinted) count.hinted += 1;
      if (asks && !isHinted) count.blocked += 1;
      if (service.policy.limited.length > 0) count.limited += 1;
      if (service.policy.enforcement !== 'Enforce') count.heldBack += 1;
    }
    for (const [winner, loser] of conflictsAmong(selecting)) {
      if (!conflicts.has(loser)) conflicts.set(loser, { other: winner, key });
      if (!conflicts.has(winner)) conflicts.set(winner, { other: loser, key });
    }
  }
  return new Map(
    policies.map((policy) => [
      policy,
      {
        observedGeneration: policy.generation,
        services: counts.get(policy)!,
        conditions: [accepted(policy), conflicted(policy, conflicts.get(policy))],
      },
    ]),
  );
}

function accepted({ generation: observedGeneration, problem }: PolicyRecord): PolicyCondition {
  const type = 'Accepted';
  if (problem === undefined) {
    return { type, status: 'True', observedGeneration, reason: 'Valid', message: 'The policy is in use' };
  }
  return {
    type,
    status: 'False',
    observedGeneration,
    reason: 'Invalid',
    message: `${problem}; the policy selects nothing`,
  };
}

function conflicted(
  policy: PolicyRecord,
  conflict: { readonly other: PolicyRecord; readonly key: string } | undefined,
): PolicyCondition {
  const { generation: observedGeneration } = policy;
  const type = 'Conflicted';
  if (conflict === undefined) {
    const message = 'No policy of this kind sets another default for the same Service';
    return { type, status: 'False', observedGeneration, reason: 'NoConflict', message };
  }
  const message = `${policyTitle(conflict.other)} sets another default for ${conflict.key}; the older policy goes first, then the name`;
  return { type, status: 'True', observedGeneration, reason: 'OtherDefault', message };
}
