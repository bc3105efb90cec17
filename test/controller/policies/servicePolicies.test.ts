import { describe, expect, test } from 'vitest';
import { ServicePolicies } from '../../../src/controller/policies/servicePolicies.js';
import { readPolicy, type HintsPolicyManifest } from '../../../src/hints/policy/policy.js';
import { readService, type ServiceRecord } from '../../../src/model/service.js';

type Spec = HintsPolicyManifest['spec'];
const policy = (name: string, spec: Spec) => readPolicy({ kind: 'ClusterHintsPolicy', metadata: { name }, spec });

/** Services of two namespaces; a change of one goes into the state as the sources do it. */
function rig() {
  const services = new Map<string, ServiceRecord>();
  const changed: string[] = [];
  let passes = 0;
  const policies = new ServicePolicies({
    services: () => {
      passes++;
      return services;
    },
    onChange: (key, own) => {
      changed.push(key);
      services.set(key, policies.effective(own));
    },
  });
  for (const [namespace, name] of [
    ['shop', 'cart'],
    ['shop', 'web'],
    ['bank', 'web'],
  ]) {
    const own = readService({ metadata: { namespace: namespace!, name: name!, labels: { app: name! } } });
    services.set(`${namespace}/${name}`, policies.effective(own));
  }
  const modes = (): Record<string, string | undefined> =>
    Object.fromEntries([...services].map(([key, service]) => [key, service.policy?.mode?.value]));
  const taken = (): string[] => changed.splice(0);
  return { policies, services, modes, taken, passes: () => passes };
}

const auto: Spec = { serviceSelector: { matchLabels: { app: 'web' } }, defaults: { mode: 'auto' } };

describe('what policies make of Services', () => {
  test('before the start nothing is touched, and then each Service once', () => {
    const { policies, taken, modes } = rig();
    policies.policyChanged(policy('a', auto), undefined);
    policies.policyChanged(policy('b', { defaults: { overloadThreshold: 1 } }), undefined);
    expect(taken()).toEqual([]);
    policies.start();
    expect(taken()).toEqual(['shop/cart', 'shop/web', 'bank/web']);
    expect(modes()).toEqual({ 'shop/cart': undefined, 'shop/web': 'auto', 'bank/web': 'auto' });
  });

  test('without policies the start touches nothing', () => {
    const { policies, taken } = rig();
    policies.start();
    expect(taken()).toEqual([]);
  });

  test('a policy that comes, changes and goes touches what it selects and selected', () => {
    const { policies, taken, modes } = rig();
    policies.start();
    const first = policy('a', auto);
    policies.policyChanged(first, undefined);
    expect(taken()).toEqual(['shop/web', 'bank/web']);
    const second = policy('a', { ...auto, serviceSelector: { matchLabels: { app: 'cart' } } });
    policies.policyChanged(second, first);
    expect(taken()).toEqual(['shop/cart', 'shop/web', 'bank/web']);
    expect(modes()).toEqual({ 'shop/cart': 'auto', 'shop/web': undefined, 'bank/web': undefined });
    policies.policyChanged(undefined, second);
    expect(taken()).toEqual(['shop/cart']);
  });

  test('a change that makes nothing else of a Service does not touch it', () => {
    const { policies, taken } = rig();
    policies.start();
    const first = policy('a', auto);
    policies.policyChanged(first, undefined);
    taken();
    policies.policyChanged({ ...first, resourceVersion: '2', generation: 2 }, first);
    expect(taken()).toEqual([]);
  });

  test('a version that differs in its status alone is no reason to look at Services', () => {
    const { policies, passes } = rig();
    policies.start();
    const first = policy('a', auto);
    policies.policyChanged(first, undefined);
    const before = passes();
    const conditions = [{ type: 'Accepted', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' }];
    const second = { ...first, resourceVersion: '2', conditions };
    policies.policyChanged(second, first);
    expect(passes()).toBe(before);
    expect(policies.index.all()).toEqual([second]);
  });

  test('Services that the same policies select share the list of them', () => {
    const { policies, services } = rig();
    policies.start();
    policies.policyChanged(policy('a', { defaults: { mode: 'auto' } }), undefined);
    const listOf = (key: string) => services.get(key)?.policy?.policies;
    expect(listOf('shop/cart')).toEqual(['ClusterHintsPolicy a']);
    expect(listOf('shop/web')).toBe(listOf('shop/cart'));
    policies.policyChanged(policy('b', auto), undefined);
    expect(listOf('shop/cart')).toEqual(['ClusterHintsPolicy a']);
    expect(listOf('shop/web')).toEqual(['ClusterHintsPolicy a', 'ClusterHintsPolicy b']);
  });

  test('other costs of zones touch each Service that has them, and equal ones of a new version none', () => {
    const { policies, services, taken } = rig();
    policies.start();
    const version = (cost: number) => policy('a', { ...auto, defaults: { zoneCosts: { x: { y: cost } } } });
    policies.policyChanged(version(1), undefined);
    expect(taken()).toEqual(['shop/web', 'bank/web']);
    policies.policyChanged(version(1), version(1));
    expect(taken()).toEqual([]);
    policies.policyChanged(version(2), version(1));
    expect(taken()).toEqual(['shop/web', 'bank/web']);
    const made = ['shop/web', 'bank/web'].map((key) => services.get(key)?.policy?.zoneCosts);
    expect(made[0]).toEqual([{ zones: ['x', 'y'], cost: 2 }]);
    expect(made[1]).toBe(made[0]);
  });

  test('labels of a namespace touch its Services only', () => {
    const { policies, taken, modes } = rig();
    policies.start();
    policies.policyChanged(
      policy('a', { namespaceSelector: { matchLabels: { team: 'x' } }, defaults: { mode: 'auto' } }),
      undefined,
    );
    expect(taken()).toEqual([]);
    policies.namespaceChanged('shop', { team: 'x' });
    expect(taken()).toEqual(['shop/cart', 'shop/web']);
    expect(modes()['bank/web']).toBeUndefined();
    policies.namespaceChanged('shop', undefined);
    expect(taken()).toEqual(['shop/cart', 'shop/web']);
  });

  test('a Service is always made anew from what was read', () => {
    const { policies, services } = rig();
    policies.start();
    const limit = (max: number) => policy('a', { limits: { maxOverloadThreshold: max } });
    policies.policyChanged(limit(0.1), undefined);
    policies.policyChanged(limit(0.4), limit(0.1));
    expect(services.get('shop/web')?.annotations).toEqual({ 'slicehints.io/overload-threshold': '0.4' });
    policies.policyChanged(undefined, limit(0.4));
    expect(services.get('shop/web')).toMatchObject({ annotations: {}, name: 'web' });
    expect(services.get('shop/web')?.policy).toBeUndefined();
  });
});
