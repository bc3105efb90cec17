import { asRecord } from '../kube/json.js';
import { OWNED_ANNOTATION } from '../model/slice.js';

/** The one name of the policy, its binding and the webhook configuration (charts/slicehints/files/guard-policy.yaml). */
export const GUARD_NAME = 'slicehints-guard';

export type GuardPartName = 'policy' | 'binding' | 'webhook';

/** What was found in one place. */
export type GuardPart =
  | { readonly state: 'present' }
  /** There is such an object, but it does not do what the guard does; `why` is the end of a sentence. */
  | { readonly state: 'useless'; readonly why: string }
  /** The API is there, the object is not. */
  | { readonly state: 'missing' }
  /** The cluster does not serve this API. */
  | { readonly state: 'unserved' }
  /** This user has no permission to read it. */
  | { readonly state: 'forbidden' };

/** The collections of the parts. */
export function guardPaths(policyVersion: 'v1' | 'v1beta1'): Readonly<Record<GuardPartName, string>> {
  const group = '/apis/admissionregistration.k8s.io';
  return {
    policy: `${group}/${policyVersion}/mutatingadmissionpolicies`,
    binding: `${group}/${policyVersion}/mutatingadmissionpolicybindings`,
    webhook: `${group}/v1/mutatingwebhookconfigurations`,
  };
}

type Json = Readonly<Record<string, unknown>>;

/** Judges one object as the API server gives it; undefined when it has another name than the guard. */
export function readGuardPart(part: GuardPartName, raw: unknown): GuardPart | undefined {
  const object = asRecord(raw);
  const metadata = asRecord(object['metadata']);
  if (metadata['name'] !== GUARD_NAME) return undefined;
  if (metadata['deletionTimestamp'] !== undefined) return { state: 'useless', why: 'is being deleted' };
  const spec = asRecord(object['spec']);
  switch (part) {
    case 'policy':
      return asList(spec['matchConditions']).some(mentionsOwnership)
        ? { state: 'present' }
        : { state: 'useless', why: `does not check the annotation ${OWNED_ANNOTATION}` };
    case 'binding':
      return readBinding(spec);
    case 'webhook':
      return asList(object['webhooks']).some((webhook) => asList(asRecord(webhook)['rules']).some(coversSlices))
        ? { state: 'present' }
        : { state: 'useless', why: 'has no rule for endpointslices' };
  }
}

const NARROWING = ['namespaceSelector', 'objectSelector', 'resourceRules', 'excludeResourceRules'] as const;

function readBinding(spec: Json): GuardPart {
  if (spec['policyName'] !== GUARD_NAME) return { state: 'useless', why: 'binds another policy' };
  const narrowed = NARROWING.find((field) => {
    const value = asRecord(spec['matchResources'])[field];
    return Array.isArray(value) ? value.length > 0 : Object.keys(asRecord(value)).length > 0;
  });
  // A guard for some Services only counts as none: writers would conflict over the others.
  return narrowed === undefined
    ? { state: 'present' }
    : { state: 'useless', why: `is narrowed by matchResources.${narrowed}` };
}

/** Whether the guard is in force given all its parts, and by what or why not. */
export function judgeGuard(
  parts: ReadonlyMap<GuardPartName, GuardPart>,
  policyVersion: 'v1' | 'v1beta1',
): { readonly inForce: boolean; readonly how: string } {
  const policy = parts.get('policy') ?? { state: 'missing' };
  const binding = parts.get('binding') ?? { state: 'missing' };
  const webhook = parts.get('webhook') ?? { state: 'missing' };
  if (policy.state === 'present' && binding.state === 'present') {
    return { inForce: true, how: `MutatingAdmissionPolicy ${GUARD_NAME} (${policyVersion})` };
  }
  if (webhook.state === 'present') return { inForce: true, how: `MutatingWebhookConfiguration ${GUARD_NAME}` };
  const api = `admissionregistration.k8s.io/${policyVersion} MutatingAdmissionPolicy`;
  if (webhook.state === 'useless') return { inForce: false, how: `the webhook ${GUARD_NAME} ${webhook.why}` };
  if (policy.state === 'unserved') return { inForce: false, how: `the cluster does not serve ${api}` };
  if (policy.state === 'forbidden') return { inForce: false, how: `no permission to read ${api}` };
  if (policy.state === 'useless') return { inForce: false, how: `the policy ${GUARD_NAME} ${policy.why}` };
  if (policy.state === 'missing') return { inForce: false, how: `there is no policy ${GUARD_NAME}` };
  if (binding.state === 'useless') return { inForce: false, how: `the binding ${GUARD_NAME} ${binding.why}` };
  const bindings = `admissionregistration.k8s.io/${policyVersion} MutatingAdmissionPolicyBinding`;
  if (binding.state === 'forbidden') return { inForce: false, how: `no permission to read ${bindings}` };
  return { inForce: false, how: `the policy ${GUARD_NAME} has no binding` };
}

function mentionsOwnership(condition: unknown): boolean {
  const { expression } = asRecord(condition);
  return typeof expression === 'string' && expression.includes(OWNED_ANNOTATION);
}

function coversSlices(rule: unknown): boolean {
  const { resources, apiGroups, operations } = asRecord(rule);
  const has = (list: unknown, value: string): boolean => asList(list).includes(value) || asList(list).includes('*');
  return has(resources, 'endpointslices') && has(apiGroups, 'discovery.k8s.io') && has(operations, 'UPDATE');
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as readonly unknown[]) : [];
}
