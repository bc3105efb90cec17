import { describe, expect, test } from 'vitest';
import type { KubeObject, ManagedFieldsEntry } from '../../../src/sandbox/schema/kubeObject.js';
import { builtInDefinitions, storedDefinition } from '../../../src/sandbox/schema/resources.js';
import type { ResourceDefinition } from '../../../src/sandbox/schema/resources.js';
import { nextGeneration, stamped, unchanged, updatedParts } from '../../../src/sandbox/storage/versions.js';

const entry = (time: string, manager = 'm'): ManagedFieldsEntry => ({
  manager,
  operation: 'Update',
  apiVersion: 'v1',
  time,
  fieldsType: 'FieldsV1',
  fieldsV1: {},
});

describe('an object is stamped', () => {
  const system = { uid: 'u', generation: undefined, creationTimestamp: 't', managedFields: [] };
  test('with its type first and its metadata in the order of the API', () => {
    const object = { spec: {}, metadata: { labels: {}, name: 'a', odd: 1, uid: 'other' }, kind: 'Wrong' };
    expect(JSON.stringify(stamped(storedDefinition('leases'), object, system)('7'))).toBe(
      '{"kind":"Lease","apiVersion":"coordination.k8s.io/v1","metadata":{"name":"a","uid":"u","resourceVersion":"7","creationTimestamp":"t","labels":{}},"spec":{}}',
    );
  });

  test('without a version when it is not stored, with owners and a generation when it has them', () => {
    const { metadata } = stamped(storedDefinition('leases'), { metadata: {} }, { ...system, generation: 2, managedFields: [entry('1')] })(''); // prettier-ignore
    expect(metadata).toEqual({ uid: 'u', generation: 2, creationTimestamp: 't', managedFields: [entry('1')] });
  });

  test('as its stored form, whatever group the write came through', () => {
    const events = builtInDefinitions.find((one) => one.group === 'events.k8s.io') as ResourceDefinition;
    expect(stamped(events, { metadata: {} }, system)('1').apiVersion).toBe('v1');
  });
});

describe('an update', () => {
  const services = storedDefinition('services');
  const live: KubeObject = {
    metadata: { name: 'a', uid: 'u', generation: 3, labels: { a: 'b' }, deletionTimestamp: 'd' },
    spec: { old: true },
    status: { old: true },
  };
  const object: KubeObject = { metadata: { name: 'a', uid: 'x', generation: 9 }, spec: {}, status: {} };
  const metadata = { name: 'a', uid: 'u', generation: 3, deletionTimestamp: 'd' };
  test.each<[string, string, ResourceDefinition, object]>([
    ['leaves status alone', '', services, { metadata, spec: {}, status: { old: true } }],
    ['of status leaves the rest alone', 'status', services, { metadata, spec: { old: true }, status: {} }],
    ['of a kind without status is whole', '', storedDefinition('leases'), { metadata, spec: {}, status: {} }],
  ])('%s', (_, subresource, definition, expected) => {
    expect(updatedParts(definition, live, object, subresource)).toEqual(expected);
  });

  test('cannot take a deletion back or begin one', () => {
    const marked = { ...object, metadata: { ...object.metadata, deletionTimestamp: 'other', deletionGracePeriodSeconds: 5 } }; // prettier-ignore
    expect(updatedParts(services, live, marked, '').metadata).toEqual(metadata);
    expect(updatedParts(services, { metadata: {} }, marked, '').metadata).not.toHaveProperty('deletionTimestamp');
  });

  test('without status in the store has none', () => {
    expect(updatedParts(services, { metadata: {} }, object, '')).not.toHaveProperty('status');
  });
});

describe('nothing changed', () => {
  const live: KubeObject = { metadata: { name: 'a', resourceVersion: '1', managedFields: [entry('1')] }, spec: { a: 1 } };
  const same = { metadata: { name: 'a', resourceVersion: '2', uid: 'u' }, spec: { a: 1 }, kind: 'A' };
  test.each<[string, KubeObject, ManagedFieldsEntry[], boolean]>([
    ['but versions and times of owners', same, [entry('2')], true],
    ['not when a field did', { ...same, spec: { a: 2 } }, [entry('1')], false],
    ['not when a label did', { ...same, metadata: { ...same.metadata, labels: {} } }, [entry('1')], false],
    ['not when an owner did', same, [entry('1', 'other')], false],
    ['not when an owner came', same, [entry('1'), entry('1', 'other')], false],
  ])('%s', (_, wanted, entries, expected) => {
    expect(unchanged(live, wanted, entries)).toBe(expected);
  });
}); // prettier-ignore

describe('the generation', () => {
  const live: KubeObject = { metadata: { generation: 1, labels: { a: 'b' } }, spec: { a: 1 }, status: { a: 1 }, data: 1 };
  const changes: Record<string, KubeObject> = {
    spec: { ...live, spec: { a: 2 } },
    status: { ...live, status: { a: 2 } },
    other: { ...live, data: 2 },
    labels: { ...live, metadata: { generation: 1, labels: {} } },
    annotations: { ...live, metadata: { ...live.metadata, annotations: {} } },
  };
  test.each<[ResourceDefinition['generation'], string[]]>([
    ['none', []],
    ['spec', ['spec']],
    ['all-but-status', ['spec', 'other']],
    ['all-but-metadata', ['spec', 'status', 'other']],
    ['all-and-labels', ['spec', 'status', 'other', 'labels']],
  ])('of %s moves with %j', (generation, moving) => {
    const definition = { ...storedDefinition('leases'), generation };
    const moved = Object.entries(changes).filter(([, wanted]) => nextGeneration(definition, live, wanted) === 2);
    expect(moved.map(([name]) => name)).toEqual(moving);
    expect(nextGeneration(definition, live, live)).toBe(1);
  });

  test('begins where there was none', () => {
    const definition = { ...storedDefinition('leases'), generation: 'spec' as const };
    expect(nextGeneration(definition, { metadata: {} }, { metadata: {}, spec: {} })).toBe(1);
  });
}); // prettier-ignore
