import { beforeEach, describe, expect, test } from 'vitest';
import { applyForeignWrite } from '../../../src/sandbox/faults/foreignWriter.js';
import type { KubeObject } from '../../../src/sandbox/schema/kubeObject.js';
import type { ObjectStore } from '../../../src/sandbox/storage/store.js';
import type { WriteRecord } from '../../../src/sandbox/storage/writes.js';
import { sliceOf } from '../samples.js';
import { storeOf } from '../storage/stores.js';

let store: ObjectStore;
let records: WriteRecord[];
let slice: KubeObject;

beforeEach(() => {
  records = [];
  store = storeOf({ onCommit: (record) => void records.push(record) });
  const bare = sliceOf('s');
  const endpoints = (bare['endpoints'] as object[]).map((one) => ({ ...one, hints: { forZones: [{ name: 'a' }] } }));
  slice = store.create('endpointslices', { ...bare, endpoints });
});

const live = (): KubeObject | undefined => store.get('endpointslices', 'default', 's');

describe('another writer', () => {
  test('annotates a slice with the version that it found, each time anew', () => {
    applyForeignWrite(store, slice, 'annotate');
    expect(live()?.metadata.annotations).toEqual({ 'foreign.example.com/touched': 'after-2' });
    applyForeignWrite(store, slice, 'annotate');
    expect(live()?.metadata.annotations).toEqual({ 'foreign.example.com/touched': 'after-3' });
    expect(live()?.['endpoints']).toEqual(slice['endpoints']);
  });

  test('strips all hints and nothing else', () => {
    applyForeignWrite(store, slice, 'strip');
    expect(live()?.['endpoints']).toEqual(sliceOf('s')['endpoints']);
  });

  test('strips a slice without endpoints of nothing', () => {
    store.patch('endpointslices', 'default', 's', 'merge', { endpoints: null });
    const before = store.resourceVersion;
    applyForeignWrite(store, slice, 'strip');
    expect(store.resourceVersion).toBe(before);
  });

  test('writes under its own name', () => {
    applyForeignWrite(store, slice, 'strip');
    expect(records.at(-1)).toMatchObject({ verb: 'patch', user: 'foreign-writer', userAgent: 'foreign-writer/1', fieldManager: 'foreign-writer' }); // prettier-ignore
  });

  test('leaves a slice that is gone', () => {
    store.delete('endpointslices', 'default', 's');
    const before = store.resourceVersion;
    applyForeignWrite(store, slice, 'annotate');
    expect(store.resourceVersion).toBe(before);
  });
});
