import { describe, expect, test } from 'vitest';
import { policyStatuses } from '../../../src/controller/policies/policyStatus.js';
import { applyPolicies } from '../../../src/hints/policy/applyPolicies.js';
import {
  policyTitle,
  readPolicy,
  type HintsPolicyManifest,
  type PolicyRecord,
} from '../../../src/hints/policy/policy.js';
import { PolicyIndex } from '../../../src/hints/policy/policyIndex.js';
import { readService, type ServiceRecord } from '../../../src/model/service.js';
import { readSlice, type SliceRecord } from '../../../src/model/slice.js';

type Spec = HintsPolicyManifest['spec'];
const policy = (name: string, spec: Spec): PolicyRecord =>
  readPolicy({ kind: 'ClusterHintsPolicy', metadata: { name, generation: 3 }, spec });

/** Services by name, with their annotations and whether their one slice has hints. */
function statuses(policies: readonly PolicyRecord[], services: Record<string, { asks?: string; hinted?: boolean }>) {
  const index = new PolicyIndex();
  for (const one of policies) index.setPolicy(one, true);
  const records = new Map<string, ServiceRecord>();
  const slices = new Map<string, SliceRecord[]>();
  for (const [name, { asks, hinted = false }] of Object.entries(services)) {
    const annotations = asks === undefined ? {} : { 'slicehints.io/mode': asks };
    const own = readService({ metadata: { namespace: 'shop', name, annotations } });
    records.set(`shop/${name}`, applyPolicies(own, index.matching(own)));
    const hints = hinted ? { hints: { forZones: [{ name: 'a' }] } } : {};
    const endpoints = [{ addresses: ['10.0.0.1'], zone: 'a', ...hints }];
    slices.set(`shop/${name}`, [readSlice({ metadata: { namespace: 'shop', name }, addressType: 'IPv4', endpoints })]);
  }
  const found = policyStatuses({ index, services: records, slicesOf: (key) => slices.get(key) ?? [] });
  return new Map([...found].map(([one, status]) => [policyTitle(one), status]));
}

describe('the status of a policy', () => {
  test('counts the Services that it selects', () => {
    const found = statuses([policy('p', { defaults: { mode: 'auto' }, limits: { allowedModes: ['auto'] } })], {
      hinted: { hinted: true },
      blocked: {},
      limited: { asks: 'balanced' },
      out: { asks: 'off' },
    });
    expect(found.get('ClusterHintsPolicy p')).toEqual({
      observedGeneration: 3,
      services: { matched: 4, hinted: 1, blocked: 2, limited: 1, heldBack: 0 },
      conditions: [
        { type: 'Accepted', status: 'True', observedGeneration: 3, reason: 'Valid', message: 'The policy is in use' },
        {
          type: 'Conflicted',
          status: 'False',
          observedGeneration: 3,
          reason: 'NoConflict',
          message: 'No policy of this kind sets another default for the same Service',
        },
      ],
    });
  });

  test('a Service counts as hinted by one endpoint of one slice', () => {
    const index = new PolicyIndex();
    index.setPolicy(policy('p', { defaults: { mode: 'auto' } }), true);
    const own = readService({ metadata: { namespace: 'shop', name: 'web' } });
    const slice = (name: string, ...zones: (string | undefined)[]): SliceRecord =>
      readSlice({
        metadata: { namespace: 'shop', name },
        addressType: 'IPv4',
        endpoints: zones.map((zone, i) => ({
          addresses: [`10.0.0.${i}`],
          ...(zone === undefined ? {} : { hints: { forZones: [{ name: zone }] } }),
        })),
      });
    const services = new Map([
      ['shop/web', applyPolicies(own, index.matching(own))],
      ['shop/unselected', readService({ metadata: { namespace: 'shop', name: 'unselected' } })],
    ]);
    const [status] = policyStatuses({
      index,
      services,
      slicesOf: () => [slice('s', undefined), slice('t', undefined, 'a')],
    }).values();
    expect(status?.services).toEqual({ matched: 1, hinted: 1, blocked: 0, limited: 0, heldBack: 0 });
  });

  test('a policy in several conflicts names the first of each', () => {
    const found = statuses(
      [
        policy('a', { defaults: { mode: 'auto' } }),
        policy('b', { defaults: { mode: 'balanced' } }),
        policy('c', { defaults: { mode: 'same-zone' } }),
      ],
      { web: {}, cart: {} },
    );
    expect([...found.values()].map(({ conditions }) => [conditions[1]?.reason, conditions[1]?.message.split(';')[0]])).toEqual([
      ['OtherDefault', 'ClusterHintsPolicy b sets another default for shop/web'],
      ['OtherDefault', 'ClusterHintsPolicy a sets another default for shop/web'],
      ['OtherDefault', 'ClusterHintsPolicy a sets another default for shop/web'],
    ]); // prettier-ignore
  });

  test('counts what is held back, by whichever policy', () => {
    const found = statuses([policy('a', {}), policy('b', { enforcement: 'DryRun' })], { web: {} });
    expect([...found.values()].map(({ services }) => services.heldBack)).toEqual([1, 1]);
  });

  test('a spec that cannot be used is not accepted, and selects nothing', () => {
    const found = statuses([policy('p', { enforcement: 'x' })], { web: {} });
    expect(found.get('ClusterHintsPolicy p')).toMatchObject({
      services: { matched: 0 },
      conditions: [
        {
          type: 'Accepted',
          status: 'False',
          reason: 'Invalid',
          message: 'spec.enforcement must be one of Enforce, DryRun, Off but is "x"; the policy selects nothing',
        },
        { type: 'Conflicted', status: 'False' },
      ],
    });
  });

  test('two that set different defaults for one Service are both in conflict', () => {
    const found = statuses(
      [policy('a', { defaults: { mode: 'auto' } }), policy('b', { defaults: { mode: 'balanced' } }), policy('c', {})],
      { web: {} },
    );
    const conflicts = [...found].map(
      ([title, { conditions }]) => `${title}: ${conditions[1]?.status} ${conditions[1]?.message}`,
    );
    expect(conflicts).toEqual([
      'ClusterHintsPolicy a: True ClusterHintsPolicy b sets another default for shop/web; the older policy goes first, then the name',
      'ClusterHintsPolicy b: True ClusterHintsPolicy a sets another default for shop/web; the older policy goes first, then the name',
      'ClusterHintsPolicy c: False No policy of this kind sets another default for the same Service',
    ]);
  });
});
