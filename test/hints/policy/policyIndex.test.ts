import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readPolicy, type HintsPolicyManifest, type PolicyRecord } from '../../../src/hints/policy/policy.js';
import { PolicyIndex } from '../../../src/hints/policy/policyIndex.js';

type Spec = HintsPolicyManifest['spec'];
const cluster = (name: string, spec: Spec): PolicyRecord =>
  readPolicy({ kind: 'ClusterHintsPolicy', metadata: { name }, spec });
const own = (namespace: string, name: string, spec: Spec): PolicyRecord =>
  readPolicy({ kind: 'HintsPolicy', metadata: { namespace, name }, spec });
const names = (policies: readonly PolicyRecord[]): string[] => policies.map(({ name }) => name);

test('a new version with equal defaults keeps the very objects of the former, by which plans remember', () => {
  const index = new PolicyIndex();
  const version = (resourceVersion: string, cost: number): PolicyRecord =>
    readPolicy({
      kind: 'ClusterHintsPolicy',
      metadata: { name: 'p', resourceVersion },
      spec: { defaults: { zoneCosts: { a: { b: cost } } } },
    });
  const costs = (): unknown => index.all()[0]?.defaults.zoneCosts;
  const first = version('1', 1);
  index.setPolicy(first, true);
  index.setPolicy(version('2', 1), true);
  index.setPolicy(version('3', 1), true);
  expect(costs()).toBe(first.defaults.zoneCosts);
  expect(index.all()[0]?.resourceVersion).toBe('3');
  index.setPolicy(version('4', 2), true);
  expect(costs()).toEqual([{ zones: ['a', 'b'], cost: 2 }]);
});

describe('which policies select a Service', () => {
  const web = { namespace: 'shop', labels: { app: 'web' } };
  const team = (value: string): Spec => ({ namespaceSelector: { matchLabels: { team: value } } });
  const app = (value: string): Spec => ({ serviceSelector: { matchLabels: { app: value } } });

  test.each<[string, PolicyRecord, boolean]>([
    ['one without selectors', cluster('p', {}), true],
    ['one with a label of the Service', cluster('p', app('web')), true],
    ['one with another label', cluster('p', app('cart')), false],
    ['one with a label of the namespace', cluster('p', team('a')), true],
    ['one with another label of the namespace', cluster('p', team('b')), false],
    [
      'one with the name of the namespace',
      cluster('p', { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'shop' } } }),
      true,
    ],
    ['one of its namespace', own('shop', 'p', {}), true],
    ['one of another namespace', own('bank', 'p', {}), false],
    ['one of its namespace with another label', own('shop', 'p', app('cart')), false],
    ['one that cannot be used', cluster('p', { enforcement: 'x' }), false],
  ])('%s', (_, policy, selected) => {
    const index = new PolicyIndex();
    index.setNamespace('shop', { team: 'a' });
    index.setPolicy(policy, true);
    expect(names(index.matching(web))).toEqual(selected ? ['p'] : []);
    expect(index.selects(policy, web)).toBe(selected);
    expect(index.size).toBe(1);
    index.setPolicy(policy, false);
    expect(index.matching(web)).toEqual([]);
    expect(index.size).toBe(0);
  });

  test('a change of the labels of a namespace counts at once', () => {
    const index = new PolicyIndex();
    index.setPolicy(cluster('p', team('a')), true);
    expect(index.matching(web)).toEqual([]);
    index.setNamespace('shop', { team: 'a' });
    expect(names(index.matching(web))).toEqual(['p']);
    index.setNamespace('shop', undefined);
    expect(index.matching(web)).toEqual([]);
  });

  test('of two policies of a namespace one may go', () => {
    const index = new PolicyIndex();
    const [a, b] = [own('shop', 'a', {}), own('shop', 'b', {})];
    index.setPolicy(a, true);
    index.setPolicy(b, true);
    index.setPolicy(a, false);
    expect([names(index.matching(web)), index.size]).toEqual([['b'], 1]);
    index.setPolicy(a, false);
    expect(names(index.matching(web))).toEqual(['b']);
  });

  test('several are in the order of precedence, however they came', () => {
    const index = new PolicyIndex();
    for (const policy of [cluster('c', {}), own('shop', 'b', {}), cluster('a', {}), own('shop', 'd', {})]) {
      index.setPolicy(policy, true);
    }
    expect(names(index.matching(web))).toEqual(['b', 'd', 'a', 'c']);
    expect(names(index.all())).toEqual(['b', 'd', 'a', 'c']);
    expect(index.candidates('shop')).toBe(index.candidates('shop'));
  });

  test('whatever comes and goes, the answer is that of a fresh index', () => {
    const policy = fc
      .record({
        kind: fc.boolean(),
        name: fc.constantFrom('a', 'b', 'c'),
        value: fc.constantFrom('x', 'y'),
        ns: fc.constantFrom('shop', 'bank'),
      })
      .map(({ kind, name, value, ns }) =>
        kind ? cluster(name, { ...team(value) }) : own(ns, name, { ...app(value) }),
      );
    const step = fc.oneof(
      fc.tuple(fc.constant('policy' as const), policy, fc.boolean()),
      fc.tuple(
        fc.constant('namespace' as const),
        fc.constantFrom('shop', 'bank'),
        fc.constantFrom('x', 'y', undefined),
      ),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
        const index = new PolicyIndex();
        const policies = new Map<string, PolicyRecord>();
        const namespaces = new Map<string, string | undefined>();
        for (const one of steps) {
          if (one[0] === 'policy') {
            const [, next, present] = one;
            index.setPolicy(next, present);
            const key = `${next.kind} ${next.namespace} ${next.name}`;
            if (present) policies.set(key, next);
            else policies.delete(key);
          } else {
            const [, name, label] = one;
            index.setNamespace(name, label === undefined ? undefined : { team: label });
            namespaces.set(name, label);
          }
          const fresh = new PolicyIndex();
          for (const [name, label] of namespaces)
            fresh.setNamespace(name, label === undefined ? undefined : { team: label });
          for (const next of policies.values()) fresh.setPolicy(next, true);
          for (const namespace of ['shop', 'bank']) {
            for (const value of ['x', 'y']) {
              const service = { namespace, labels: { app: value } };
              expect(index.matching(service)).toEqual(fresh.matching(service));
            }
          }
          expect(index.all()).toEqual(fresh.all());
        }
      }),
      { numRuns: 60 },
    );
  });
});
