import { describe, expect, test } from 'vitest';
import * as resources from '../../../src/sandbox/schema/resources.js';
import { drains } from './custom/drains.js';

const { builtInDefinitions, groupVersionOf, kindSubjectOf, storageVersionHash, storedDefinition, storedForm, subjectOf, verbsOf } = resources; // prettier-ignore
const events = builtInDefinitions.filter((one) => one.resource === 'events');

describe('a resource', () => {
  test.each<[string, unknown, unknown]>([
    ['of core has its version alone', groupVersionOf(storedDefinition('pods')), 'v1'],
    ['of a group has both', groupVersionOf(storedDefinition('leases')), 'coordination.k8s.io/v1'],
    ['is named by its plural', subjectOf(storedDefinition('leases')), { group: 'coordination.k8s.io', name: 'leases' }],
    ['is named by its kind in a 422', kindSubjectOf(storedDefinition('leases')), { group: 'coordination.k8s.io', name: 'Lease' }],
    ['has all verbs', verbsOf(storedDefinition('pods')), ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch']],
    ['that is not deleted as a collection has no verb for it', verbsOf(storedDefinition('namespaces')), ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch']],
    ['of a definition has its verbs in another order', verbsOf(drains), ['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update', 'watch']],
    ['has the hash that a cluster prints', storageVersionHash(storedDefinition('pods')), 'xPOwRZ+Yhw8='],
    ['has another hash for another group', storageVersionHash(storedDefinition('leases')), 'gqkMMb/YqFM='],
  ])('%s', (_, value, expected) => {
    expect(value).toEqual(expected);
  }); // prettier-ignore

  test('that there is not is an error of the caller', () => {
    expect(() => storedDefinition('gateways' as never)).toThrow('Expected a resource of the sandbox, got gateways.');
  });
});

describe('Events', () => {
  test('are stored in core/v1 and shown in two groups', () => {
    expect(events.map(groupVersionOf)).toEqual(['v1', 'events.k8s.io/v1']);
    expect(events.map(storedForm)).toEqual([events[0], events[0]]);
    expect(storedForm(drains)).toBe(drains);
  });

  test('are selected by the same fields under the names of each group', () => {
    const [core, shown] = events.map((one) => one.selectableFields);
    expect(shown?.['regarding.name']).toEqual(core?.['involvedObject.name']);
    expect(core?.['regarding.name']).toBeUndefined();
  });
});

test('each resource is there once, and each field that can be selected is a path', () => {
  const paths = builtInDefinitions.map((one) => `${groupVersionOf(one)}/${one.plural}`);
  expect(new Set(paths).size).toBe(paths.length);
  for (const one of builtInDefinitions) {
    for (const path of Object.values(one.selectableFields)) expect(path.length).toBeGreaterThan(0);
    expect(one.subresources.some(({ name }) => name === 'status')).toBe(one.statusSubresource);
  }
});
