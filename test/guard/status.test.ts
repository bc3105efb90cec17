import { describe, expect, it } from 'vitest';
import { GUARD_NAME, judgeGuard, readGuardPart, type GuardPart, type GuardPartName } from '../../src/guard/status.js';
import { GUARD_OBJECTS } from '../support/guardApi.js';

describe('readGuardPart', () => {
  const named = { metadata: { name: GUARD_NAME } };
  it.each<[string, GuardPartName, unknown, unknown]>([
    ['another object', 'policy', { metadata: { name: 'other' } }, undefined],
    ['no object', 'policy', 7, undefined],
    ['the shipped policy', 'policy', GUARD_OBJECTS.policy, { state: 'present' }],
    [
      'a policy under our name',
      'policy',
      named,
      { state: 'useless', why: 'does not check the annotation slicehints.io/hints' },
    ],
    [
      'a policy that is going',
      'policy',
      { ...GUARD_OBJECTS.policy, metadata: { name: GUARD_NAME, deletionTimestamp: 'x' } },
      { state: 'useless', why: 'is being deleted' },
    ],
    ['the shipped binding', 'binding', GUARD_OBJECTS.binding, { state: 'present' }],
    [
      'a binding of another policy',
      'binding',
      { ...named, spec: { policyName: 'x' } },
      { state: 'useless', why: 'binds another policy' },
    ],
    [
      'a binding for some namespaces',
      'binding',
      {
        ...named,
        spec: { policyName: GUARD_NAME, matchResources: { namespaceSelector: { matchLabels: { a: 'b' } } } },
      },
      { state: 'useless', why: 'is narrowed by matchResources.namespaceSelector' },
    ],
    [
      'a binding with the defaults filled in',
      'binding',
      {
        ...named,
        spec: {
          policyName: GUARD_NAME,
          matchResources: { namespaceSelector: {}, objectSelector: {}, matchPolicy: 'Equivalent' },
        },
      },
      { state: 'present' },
    ],
    ['a webhook without rules', 'webhook', named, { state: 'useless', why: 'has no rule for endpointslices' }],
    ['a webhook', 'webhook', GUARD_OBJECTS.webhook, { state: 'present' }],
  ])('judges %s', (_, part, raw, expected) => {
    expect(readGuardPart(part, raw)).toEqual(expected);
  });
});

describe('judgeGuard', () => {
  const present: GuardPart = { state: 'present' };
  it.each<[string, Partial<Record<GuardPartName, GuardPart>>, boolean, string]>([
    ['a bound policy', { policy: present, binding: present }, true, 'MutatingAdmissionPolicy slicehints-guard (v1)'],
    [
      'a bound policy beside a useless webhook',
      { policy: present, binding: present, webhook: { state: 'useless', why: 'is being deleted' } },
      true,
      'MutatingAdmissionPolicy slicehints-guard (v1)',
    ],
    ['a webhook', { webhook: present }, true, 'MutatingWebhookConfiguration slicehints-guard'],
    [
      'a useless webhook',
      { webhook: { state: 'useless', why: 'is being deleted' } },
      false,
      'the webhook slicehints-guard is being deleted',
    ],
    [
      'no API',
      { policy: { state: 'unserved' } },
      false,
      'the cluster does not serve admissionregistration.k8s.io/v1 MutatingAdmissionPolicy',
    ],
    [
      'a policy that may not be read',
      { policy: { state: 'forbidden' } },
      false,
      'no permission to read admissionregistration.k8s.io/v1 MutatingAdmissionPolicy',
    ],
    ['nothing', {}, false, 'there is no policy slicehints-guard'],
    [
      'a useless policy',
      { policy: { state: 'useless', why: 'is being deleted' }, binding: present },
      false,
      'the policy slicehints-guard is being deleted',
    ],
    ['a policy without binding', { policy: present }, false, 'the policy slicehints-guard has no binding'],
    [
      'a useless binding',
      { policy: present, binding: { state: 'useless', why: 'binds another policy' } },
      false,
      'the binding slicehints-guard binds another policy',
    ],
    [
      'a binding that may not be read',
      { policy: present, binding: { state: 'forbidden' } },
      false,
      'no permission to read admissionregistration.k8s.io/v1 MutatingAdmissionPolicyBinding',
    ],
  ])('judges %s', (_, parts, inForce, how) => {
    const all = new Map(Object.entries(parts) as [GuardPartName, GuardPart][]);
    expect(judgeGuard(all, 'v1')).toEqual({ inForce, how });
  });
});
