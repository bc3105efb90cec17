import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  comparePolicies,
  policyTitle,
  readPolicy,
  type HintsPolicyManifest,
} from '../../../src/hints/policy/policy.js';

type Spec = HintsPolicyManifest['spec'];
const read = (spec: Spec, kind = 'ClusterHintsPolicy') => readPolicy({ kind, metadata: { name: 'p' }, spec });

describe('reading a policy', () => {
  test('an empty one selects everything, states nothing and is enforced', () => {
    expect(readPolicy({ kind: 'ClusterHintsPolicy', metadata: { name: 'p', uid: 'u', generation: 2 } })).toStrictEqual({
      kind: 'ClusterHintsPolicy',
      namespace: '',
      name: 'p',
      uid: 'u',
      resourceVersion: '',
      generation: 2,
      createdMs: 0,
      namespaceSelector: [],
      serviceSelector: [],
      defaults: {},
      limits: { allowOverrides: true },
      enforcement: 'Enforce',
      observedGeneration: undefined,
      conditions: [],
    });
  });

  const condition = { type: 'Accepted', status: 'True', lastTransitionTime: '2025-12-24T00:00:00Z' };
  test.each<[string, unknown, object[]]>([
    ['with times', [{ ...condition, reason: 'Valid' }], [condition]],
    ['that are no list', {}, []],
    ['with entries that are none', [null, 7, { ...condition, status: true }, condition], [condition]],
  ])('conditions %s', (_, conditions, expected) => {
    const status = { conditions } as HintsPolicyManifest['status'];
    expect(readPolicy({ kind: 'HintsPolicy', status }).conditions).toEqual(expected);
  });

  test.each([
    ['metadata', {}],
    ['metadata, which is null', { metadata: null }],
    ['names', { metadata: {} }],
  ])('one without %s has empty names', (_, manifest) => {
    for (const kind of ['ClusterHintsPolicy', 'HintsPolicy'] as const) {
      expect(readPolicy({ kind, ...manifest })).toMatchObject({
        kind,
        namespace: '',
        name: '',
        uid: '',
        resourceVersion: '',
        generation: 0,
        createdMs: 0,
      });
    }
  });

  test.each([0, 10])('a threshold of %i is one', (threshold) => {
    const spec = { defaults: { overloadThreshold: threshold }, limits: { maxOverloadThreshold: threshold } };
    expect(read(spec)).toMatchObject(spec);
    expect(read(spec)).not.toHaveProperty('problem');
  });

  test('every field is read', () => {
    const spec: Spec = {
      namespaceSelector: { matchLabels: { team: 'a' } },
      serviceSelector: { matchExpressions: [{ key: 'tier', operator: 'Exists' }] },
      defaults: { mode: 'balanced', overloadThreshold: 0.3, demand: 'zone-a=3,zone-b=1', nodeHints: true },
      limits: { allowedModes: ['balanced', 'auto', 'topology-keys'], maxOverloadThreshold: 1, allowOverrides: false },
      enforcement: 'DryRun',
    };
    expect(read(spec)).toMatchObject({
      namespaceSelector: [{ key: 'team', operator: 'In', values: ['a'] }],
      serviceSelector: [{ key: 'tier', operator: 'Exists', values: [] }],
      defaults: spec.defaults,
      limits: { allowedModes: ['auto', 'balanced', 'topology-keys'], maxOverloadThreshold: 1, allowOverrides: false },
      enforcement: 'DryRun',
    });
    expect(read(spec)).not.toHaveProperty('problem');
  });

  test('costs and networks of zones are read as the flags read them', () => {
    const { defaults } = read({
      defaults: {
        zoneCosts: { b: { a: 0.01 }, a: { b: 0.01 } },
        zoneCIDRs: [{ cidr: '10.1.0.0/16', zone: 'zone-a' }],
      },
    });
    expect(defaults).toStrictEqual({
      zoneCosts: [{ zones: ['a', 'b'], cost: 0.01 }],
      zoneCidrs: [{ cidr: '10.1.0.0/16', zone: 'zone-a' }],
    });
  });

  test.each<[string, Spec, string]>([
    ['costs', { defaults: { zoneCosts: { a: { b: 1 } } } }, 'zoneCosts'],
    ['networks', { defaults: { zoneCIDRs: [] } }, 'zoneCIDRs'],
  ])('a policy of a namespace has no %s', (_, spec, field) => {
    expect(read(spec, 'HintsPolicy')).toMatchObject({
      problem: `spec.defaults.${field} is a field of a ClusterHintsPolicy only`,
      defaults: {},
    });
  });

  test('a policy of a namespace has no namespaceSelector', () => {
    const policy = readPolicy({
      kind: 'HintsPolicy',
      metadata: { namespace: 'shop', name: 'p' },
      spec: { namespaceSelector: { matchLabels: { team: 'a' } } },
    });
    expect([policy.namespace, policy.namespaceSelector]).toEqual(['shop', []]);
  });

  test.each<[string, Spec, string]>([
    [
      'a mistyped mode',
      { defaults: { mode: 'Balanced' } },
      'spec.defaults.mode must be one of balanced, auto, same-zone, same-node, off but is "Balanced"',
    ],
    [
      'topology keys as a default',
      { defaults: { mode: 'topology-keys' } },
      'spec.defaults.mode must be one of balanced, auto, same-zone, same-node, off but is "topology-keys"',
    ],
    [
      'a threshold that is text',
      { defaults: { overloadThreshold: '0.3' as unknown as number } },
      'spec.defaults.overloadThreshold must be a number from 0 to 10 but is "0.3"',
    ],
    [
      'a threshold below 0',
      { limits: { maxOverloadThreshold: -1 } },
      'spec.limits.maxOverloadThreshold must be a number from 0 to 10 but is "-1"',
    ],
    [
      'a threshold above 10',
      { defaults: { overloadThreshold: 10.5 } },
      'spec.defaults.overloadThreshold must be a number from 0 to 10 but is "10.5"',
    ],
    [
      'demand that is a number',
      { defaults: { demand: 3 as unknown as string } },
      'spec.defaults.demand must be cpu, nodes, endpoints, equal, measured or parts of zones such as zone-a=3,zone-b=1 but is "3"',
    ],
    [
      'an allowed mode outside of a list',
      { limits: { allowedModes: 'auto' as unknown as string[] } },
      'spec.limits.allowedModes must be a list of modes but is "auto"',
    ],
    [
      'demand by clients, which belong to a Service',
      { defaults: { demand: 'clients' } },
      'spec.defaults.demand must be cpu, nodes, endpoints, equal, measured or parts of zones such as zone-a=3,zone-b=1 but is "clients"',
    ],
    [
      'a node hint that is text',
      { defaults: { nodeHints: 'yes' as unknown as boolean } },
      'spec.defaults.nodeHints must be true or false but is "yes"',
    ],
    [
      'a cost below 0',
      { defaults: { zoneCosts: { a: { b: -1 } } } },
      'spec.defaults.zoneCosts: the cost from "a" to "b" must be a number of at least 0',
    ],
    [
      'costs that are text',
      { defaults: { zoneCosts: 'a' as never } },
      'spec.defaults.zoneCosts: expected a map of zones, each with a map of other zones and their cost',
    ],
    [
      'a network that is none',
      { defaults: { zoneCIDRs: [{ cidr: '10.1.0.0/40', zone: 'a' }] } },
      'spec.defaults.zoneCIDRs: "10.1.0.0/40" is no network such as 10.1.0.0/16 or fd00::/8',
    ],
    [
      'an unknown mode that is allowed',
      { limits: { allowedModes: ['auto', 'x'] } },
      'spec.limits.allowedModes must be of balanced, auto, same-zone, same-node, off, topology-keys but is "x"',
    ],
    [
      'an unknown enforcement',
      { enforcement: 'constructor' },
      'spec.enforcement must be one of Enforce, DryRun, Off but is "constructor"',
    ],
    [
      'a selector without values',
      { serviceSelector: { matchExpressions: [{ key: 'a', operator: 'In' }] } },
      'spec.serviceSelector.matchExpressions[0] needs values for the operator In',
    ],
    [
      'a selector with an unknown operator',
      { namespaceSelector: { matchExpressions: [{ key: 'a', operator: 'Gt', values: ['1'] }] } },
      'spec.namespaceSelector.matchExpressions[0] has the unknown operator "Gt"; known are In, NotIn, Exists, DoesNotExist',
    ],
  ])('%s is told in one sentence, and nothing of the policy holds', (_, spec, problem) => {
    expect(read(spec)).toMatchObject({ problem, defaults: {}, enforcement: 'Enforce' });
  });
});

test.each([
  ['ClusterHintsPolicy', 'ClusterHintsPolicy p'],
  ['HintsPolicy', 'HintsPolicy shop/p'],
])('messages name a %s as %s', (kind, title) => {
  expect(policyTitle(readPolicy({ kind, metadata: { namespace: 'shop', name: 'p' } }))).toBe(title);
});

test('precedence: of the namespace before of the cluster, then the older, then the name', () => {
  const policy = (kind: string, name: string, creationTimestamp: string | Date) =>
    readPolicy({ kind, metadata: { namespace: 'shop', name, creationTimestamp } });
  const sorted = [
    policy('ClusterHintsPolicy', 'a', '2020-01-01T00:00:00Z'),
    policy('HintsPolicy', 'c', '2026-01-01T00:00:00Z'),
    policy('HintsPolicy', 'b', '2026-01-01T00:00:00Z'),
    policy('HintsPolicy', 'z', new Date('2025-01-01T00:00:00Z')),
  ].sort(comparePolicies);
  expect(sorted.map(({ name }) => name)).toEqual(['z', 'b', 'c', 'a']);
});

test('precedence is the same from either side', () => {
  const [own, cluster] = ['HintsPolicy', 'ClusterHintsPolicy'].map((kind) =>
    readPolicy({ kind, metadata: { name: 'p' } }),
  );
  expect([comparePolicies(own!, cluster!), comparePolicies(cluster!, own!), comparePolicies(own!, own!)]).toEqual([
    -1, 1, 0,
  ]);
});

test('a policy of any shape is read without an exception', () => {
  const shape = fc.record({
    kind: fc.constantFrom('HintsPolicy', 'ClusterHintsPolicy'),
    metadata: fc.anything(),
    spec: fc.anything(),
  });
  const spec = fc.record(
    {
      namespaceSelector: fc.anything(),
      serviceSelector: fc.record({ matchLabels: fc.anything(), matchExpressions: fc.anything() }),
      defaults: fc.anything(),
      limits: fc.record({ allowedModes: fc.anything(), maxOverloadThreshold: fc.anything() }, { requiredKeys: [] }),
      enforcement: fc.anything(),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(
      fc.oneof(
        shape,
        spec.map((value) => ({ kind: 'HintsPolicy', metadata: {}, spec: value })),
      ),
      (manifest) => {
        expect(typeof readPolicy(manifest as HintsPolicyManifest).enforcement).toBe('string');
      },
    ),
  );
});
