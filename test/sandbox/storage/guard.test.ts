import { beforeEach, describe, expect, test } from 'vitest';
import { FIELD_MANAGER, OWNED_ANNOTATION } from '../../../src/model/slice.js';
import type { KubeObject } from '../../../src/sandbox/schema/kubeObject.js';
import { guardHook, installGuard, storedGuardHook } from '../../../src/sandbox/storage/guard.js';
import type { ObjectStore } from '../../../src/sandbox/storage/store.js';
import { sliceOf } from '../samples.js';
import { storeOf } from './stores.js';

const hints = { forZones: [{ name: 'a' }] };

function owned(hinted: boolean): KubeObject {
  const slice = sliceOf('s');
  const endpoints = slice['endpoints'] as readonly object[];
  return {
    ...slice,
    metadata: { ...slice.metadata, annotations: { [OWNED_ANNOTATION]: 'balanced' } },
    endpoints: endpoints.map((one) => (hinted ? { ...one, hints } : one)),
  };
}

const by = (fieldManager: string): { user: string; userAgent: string; fieldManager: string } => ({
  user: 'u',
  userAgent: '',
  fieldManager,
});

const hintsOf = (slice: KubeObject): unknown[] =>
  (slice['endpoints'] as { hints?: object }[]).map((one) => one.hints ?? null);

describe('the hook of the guard', () => {
  test('gives the hints back to a slice of another writer', () => {
    const bare = owned(false);
    expect(hintsOf(guardHook(owned(true), bare, by('endpointslice-controller')))).toEqual([hints, hints]);
    expect(hintsOf(bare)).toEqual([null, null]);
  });

  test('leaves what the controller itself writes', () => {
    const bare = owned(false);
    expect(guardHook(owned(true), bare, by(FIELD_MANAGER))).toBe(bare);
  });

  test('leaves a slice whose hints are not owned', () => {
    const [before, after] = [sliceOf('s'), sliceOf('s')];
    expect(guardHook(before, after, by('other'))).toBe(after);
  });
});

describe('the guard of a store', () => {
  let store: ObjectStore;
  let kept: string[];
  const write = (): unknown[] =>
    hintsOf(store.update('endpointslices', { ...owned(false) }, { fieldManager: 'other' }));
  beforeEach(() => {
    kept = [];
    store = storeOf();
    store.onWrite = storedGuardHook(store, (slice, request) => void kept.push(`${slice.metadata.name ?? ''} ${request.fieldManager}`)); // prettier-ignore
    store.create('endpointslices', owned(true), { fieldManager: FIELD_MANAGER });
  });

  test('is not in force without policy and binding', () => {
    expect(write()).toEqual([null, null]);
    expect(kept).toEqual([]);
  });

  test('is in force once it is installed, and each slice that it keeps is told', () => {
    installGuard(store);
    expect(write()).toEqual([hints, hints]);
    expect(kept).toEqual(['s other']);
  });

  test.each(['mutatingadmissionpolicies', 'mutatingadmissionpolicybindings'] as const)(
    'is not without its %s',
    (part) => {
      installGuard(store);
      store.delete(part, '', 'slicehints-guard');
      expect(write()).toEqual([null, null]);
    },
  );

  test('may be installed twice', () => {
    installGuard(store);
    const version = store.resourceVersion;
    installGuard(store);
    expect(store.resourceVersion).toBe(version);
  });
});
