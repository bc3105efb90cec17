import { describe, expect, test } from 'vitest';
import type { HintsPolicyManifest } from '../../../src/hints/policy/policy.js';
import { indexPolicies, policyReader, type PolicyObjects } from '../../../src/hints/policy/policyReader.js';
import { readService } from '../../../src/model/service.js';

const service = { metadata: { namespace: 'shop', name: 'web' }, spec: { selector: { app: 'web' } } };
const ofTeam = (team: string): HintsPolicyManifest => ({
  kind: 'ClusterHintsPolicy',
  metadata: { name: team },
  spec: { namespaceSelector: { matchLabels: { team } }, defaults: { mode: 'balanced' } },
});
const shop = { metadata: { name: 'shop', labels: { team: 'a' } } };

describe('a Service is read', () => {
  test.each<[string, PolicyObjects, string | undefined]>([
    ['as it is, without policies', {}, undefined],
    ['as it is, with an empty list of policies', { policies: [], namespaces: [shop] }, undefined],
    ['as the policy makes it that selects its namespace', { policies: [ofTeam('a')], namespaces: [shop] }, 'balanced'],
    ['as it is where the policy selects another namespace', { policies: [ofTeam('b')], namespaces: [shop] }, undefined],
    ['as it is where the labels of its namespace are not known', { policies: [ofTeam('a')] }, undefined],
  ])('%s', (_, objects, mode) => {
    const read = policyReader(objects)(service);
    expect(read.policy?.mode?.value).toBe(mode);
    if (mode === undefined) expect(read).toEqual(readService(service));
  });
});

test('a Namespace without a name is that of Services without a namespace', () => {
  const read = policyReader({ policies: [ofTeam('a')], namespaces: [{ metadata: { labels: { team: 'a' } } }] });
  expect([read({ metadata: { name: 'web' } }), read(service)].map(({ policy }) => policy?.mode?.value)).toEqual([
    'balanced',
    undefined,
  ]);
});

test.each<[string, PolicyObjects, string[]]>([
  ['without objects is empty', {}, []],
  ['has the policies by precedence', { policies: [ofTeam('b'), ofTeam('a')] }, ['a', 'b']],
  [
    'takes namespaces without a name, labels or metadata',
    { policies: [ofTeam('a')], namespaces: [{}, { metadata: null }, { metadata: { name: 'x' } }] },
    ['a'],
  ],
])('an index %s', (_, objects, names) => {
  expect(
    indexPolicies(objects)
      .all()
      .map(({ name }) => name),
  ).toEqual(names);
});
