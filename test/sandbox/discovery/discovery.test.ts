import { describe, expect, test } from 'vitest';
import { Discovery } from '../../../src/sandbox/discovery/discovery.js';
import { ResourceCatalog } from '../../../src/sandbox/schema/resourceCatalog.js';
import { storedDefinition } from '../../../src/sandbox/schema/resources.js';
import { drains } from '../schema/custom/drains.js';

const catalog = new ResourceCatalog();
catalog.set(drains);
const discovery = new Discovery(catalog);

type Listed = { readonly resources: readonly { readonly name: string; readonly [field: string]: unknown }[] };

const resourcesOf = (groupVersion: string, from = discovery): Listed['resources'] =>
  (from.resourceList(groupVersion) as Listed).resources;

describe('what is served', () => {
  test('is listed by groups, without the core', () => {
    expect(discovery.groups()).toEqual([
      'admissionregistration.k8s.io',
      'apiextensions.k8s.io',
      'coordination.k8s.io',
      'discovery.k8s.io',
      'events.k8s.io',
      'example.com',
    ]);
    expect(discovery.groupVersions()).toEqual(['v1', ...new Set(discovery.groupVersions().slice(1))]);
  });

  test.each<[string, Discovery, boolean]>([
    ['all of the newest version', discovery, true],
    ['no group that is hidden', new Discovery(catalog, undefined, ['discovery.k8s.io']), false],
  ])('is %s', (_, one, served) => {
    expect(one.serves(storedDefinition('endpointslices'))).toBe(served);
    expect(one.groups().includes('discovery.k8s.io')).toBe(served);
    expect(one.group('discovery.k8s.io') !== undefined).toBe(served);
    expect(one.resourceList('discovery.k8s.io/v1') !== undefined).toBe(served);
    expect(one.resources('discovery.k8s.io/v1')).toHaveLength(served ? 1 : 0);
  });

  test('is no group that the version does not have', () => {
    const old = new Discovery(catalog, { minor: 30, patch: 0 });
    expect(old.serves(storedDefinition('mutatingadmissionpolicies'))).toBe(false);
    expect(old.serves(storedDefinition('pods'))).toBe(true);
  });

  test('comes and goes with the catalog', () => {
    const own = new ResourceCatalog();
    const one = new Discovery(own);
    expect(one.groups()).not.toContain('example.com');
    own.set(drains);
    expect(one.groups()).toContain('example.com');
  });
});

test('a group has its versions, and prefers the first', () => {
  const version = { groupVersion: 'example.com/v1', version: 'v1' };
  const group = { name: 'example.com', versions: [version], preferredVersion: version };
  expect(discovery.group('example.com')).toEqual({ kind: 'APIGroup', apiVersion: 'v1', ...group });
  expect(discovery.groupList()).toMatchObject({ kind: 'APIGroupList', groups: expect.arrayContaining([group]) as unknown });
  expect([discovery.group(''), discovery.group('none')]).toEqual([undefined, undefined]);
}); // prettier-ignore

describe('a resource list', () => {
  test('of the core has no apiVersion, as in Kubernetes', () => {
    expect(discovery.resourceList('v1')).not.toHaveProperty('apiVersion');
    expect(discovery.resourceList('discovery.k8s.io/v1')).toMatchObject({ apiVersion: 'v1' });
  });

  test('has each resource with its names and verbs', () => {
    expect(resourcesOf('example.com/v1')).toEqual([
      {
        name: 'drains',
        singularName: 'drain',
        namespaced: true,
        kind: 'Drain',
        verbs: ['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update', 'watch'],
        shortNames: ['dr'],
        categories: ['all'],
        storageVersionHash: expect.any(String) as string,
      },
    ]);
    const [lease] = resourcesOf('coordination.k8s.io/v1');
    expect(lease).not.toHaveProperty('shortNames');
    expect(lease).not.toHaveProperty('categories');
  });

  test('has subresources after their resource, some with a group of their own', () => {
    const names = resourcesOf('v1').map(({ name }) => name);
    expect(names.indexOf('pods/status')).toBeGreaterThan(names.indexOf('pods'));
    expect(resourcesOf('v1').find(({ name }) => name === 'pods/eviction')).toEqual({ name: 'pods/eviction', singularName: '', namespaced: true, group: 'policy', version: 'v1', kind: 'Eviction', verbs: ['create'] }); // prettier-ignore
  });
});

describe('discovery in one document', () => {
  interface Aggregated {
    readonly apiVersion: string;
    readonly items: readonly {
      readonly metadata: object;
      readonly versions: readonly { readonly version: string; readonly resources: readonly { readonly resource: string }[] }[]; // prettier-ignore
    }[];
  }
  test('of the core has one group without a name', () => {
    const { apiVersion, items } = discovery.aggregated(true, 'v2') as Aggregated;
    expect(apiVersion).toBe('apidiscovery.k8s.io/v2');
    expect(items.map(({ metadata }) => metadata)).toEqual([{}]);
    expect(items[0]?.versions[0]?.resources.map(({ resource }) => resource)).toContain('pods');
  });

  test('of groups has each, and group and version only of custom kinds', () => {
    const { items } = discovery.aggregated(false, 'v2') as Aggregated;
    expect(items.map(({ metadata }) => metadata)).toEqual(discovery.groups().map((name) => ({ name })));
    const resources = items.flatMap(({ versions }) => versions.flatMap((one) => one.resources));
    expect(resources.find(({ resource }) => resource === 'drains')).toMatchObject({ scope: 'Namespaced', responseKind: { group: 'example.com', version: 'v1', kind: 'Drain' } }); // prettier-ignore
    expect(resources.find(({ resource }) => resource === 'customresourcedefinitions')).toMatchObject({
      scope: 'Cluster',
      responseKind: { group: '', version: '', kind: 'CustomResourceDefinition' },
      subresources: [{ subresource: 'status', responseKind: { group: '', version: '' } }],
    });
    expect(resources.find(({ resource }) => resource === 'leases')).not.toHaveProperty('subresources');
  });
});

test('clients inside of the cluster get the address that they came to', () => {
  expect(discovery.versions('127.0.0.1:1')).toMatchObject({ serverAddressByClientCIDRs: [{ serverAddress: '127.0.0.1:1' }] }); // prettier-ignore
});
