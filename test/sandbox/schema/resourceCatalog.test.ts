import { beforeEach, describe, expect, test } from 'vitest';
import { ResourceCatalog } from '../../../src/sandbox/schema/resourceCatalog.js';
import { builtInDefinitions, storedDefinition } from '../../../src/sandbox/schema/resources.js';
import type { ResourceDefinition } from '../../../src/sandbox/schema/resources.js';

const custom: ResourceDefinition = {
  ...storedDefinition('configmaps'),
  resource: 'drains.example.com',
  plural: 'drains',
  group: 'example.com',
  kind: 'Drain',
};

let catalog: ResourceCatalog;
beforeEach(() => {
  catalog = new ResourceCatalog();
});

describe('the resources of a server', () => {
  test('are those that are always there', () => {
    expect(catalog.all).toEqual(builtInDefinitions);
  });

  test('and custom ones, which come last and go', () => {
    catalog.set(custom);
    expect(catalog.all).toEqual([...builtInDefinitions, custom]);
    catalog.delete(custom.resource);
    expect(catalog.all).toEqual(builtInDefinitions);
  });

  test('with the newest definition of each', () => {
    catalog.set(custom);
    catalog.set({ ...custom, kind: 'Other' });
    expect(catalog.all.slice(builtInDefinitions.length)).toEqual([{ ...custom, kind: 'Other' }]);
  });
});

describe('finding a resource', () => {
  beforeEach(() => catalog.set(custom));
  test.each<[string, () => ResourceDefinition | undefined, string | undefined]>([
    ['by group, version and plural', () => catalog.find('discovery.k8s.io', 'v1', 'endpointslices'), 'EndpointSlice'],
    ['a custom one', () => catalog.find('example.com', 'v1', 'drains'), 'Drain'],
    ['not in another group', () => catalog.find('', 'v1', 'endpointslices'), undefined],
    ['not in another version', () => catalog.find('', 'v2', 'pods'), undefined],
    ['not by its singular', () => catalog.find('', 'v1', 'pod'), undefined],
    ['by its kind', () => catalog.ofKind('coordination.k8s.io/v1', 'Lease'), 'Lease'],
    ['not by a kind of another version', () => catalog.ofKind('v1', 'Lease'), undefined],
    ['as it is stored', () => catalog.stored('drains.example.com'), 'Drain'],
  ])('%s', (_, find, kind) => {
    expect(find()?.kind).toBe(kind);
  });

  test('Events are stored in core/v1, whatever group shows them', () => {
    expect(catalog.ofKind('events.k8s.io/v1', 'Event')?.group).toBe('events.k8s.io');
    expect(catalog.stored('events').group).toBe('');
  });

  test('one that is stored nowhere is an error of the caller', () => {
    expect(() => catalog.stored('other.example.com')).toThrow('Expected a resource of the sandbox, got other.example.com.'); // prettier-ignore
  });
});
