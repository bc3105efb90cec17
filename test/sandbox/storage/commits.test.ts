import { beforeEach, describe, expect, test } from 'vitest';
import type { KubeObject } from '../../../src/sandbox/schema/kubeObject.js';
import { ResourceCatalog } from '../../../src/sandbox/schema/resourceCatalog.js';
import { storedDefinition } from '../../../src/sandbox/schema/resources.js';
import { Commits } from '../../../src/sandbox/storage/commits.js';
import type { WriterOptions } from '../../../src/sandbox/storage/commits.js';
import { Storage } from '../../../src/sandbox/storage/storage.js';
import type { WriteRecord } from '../../../src/sandbox/storage/writes.js';
import { FakeClock } from '../../support/fakeClock.js';
import { sliceOf } from '../samples.js';
import { answerOf } from './stores.js';

const maps = storedDefinition('configmaps');
const slices = storedDefinition('endpointslices');
const pods = storedDefinition('pods');
const creating = { verb: 'create', options: { userAgent: 'test/1' } } as const;
const updating = { verb: 'update', options: { userAgent: 'test/1' } } as const;

let clock: FakeClock;
let storage: Storage;
let records: WriteRecord[];

function commitsOf(options: Partial<WriterOptions> = {}): Commits {
  return new Commits(storage, new ResourceCatalog(), {
    clock,
    random: () => 0,
    onCommit: (record) => void records.push(record),
    ...options,
  });
}

beforeEach(() => {
  clock = new FakeClock();
  storage = new Storage(100, 0);
  records = [];
});

const map = (data: object = { a: '1' }): KubeObject => ({ metadata: { name: 'c', namespace: 'default' }, data });

describe('the manager of a write', () => {
  test.each([
    ['is named by the client', { fieldManager: 'm', userAgent: 'kubectl/1' }, 'm'],
    ['is the program of the client', { userAgent: 'kubectl/v1.36 (linux)' }, 'kubectl'],
    ['is unknown', {}, 'unknown'],
    ['is cut at 128 characters', { userAgent: 'x'.repeat(200) }, 'x'.repeat(128)],
  ])('%s', (_, options, manager) => {
    expect(commitsOf().fieldWriter(maps, options, 'Update')).toEqual({ manager, operation: 'Update', apiVersion: 'v1', subresource: '', time: '2026-01-01T00:00:00Z' }); // prettier-ignore
  });
});

describe('an insert', () => {
  test('gets uid, time, owners and version, and is on record', () => {
    const stored = commitsOf().insert(maps, map(), creating);
    expect(stored.metadata).toMatchObject({
      uid: '00000000-0000-4000-8000-000000000000',
      resourceVersion: '1',
      creationTimestamp: '2026-01-01T00:00:00Z',
      managedFields: [{ manager: 'test', fieldsV1: { 'f:data': { '.': {}, 'f:a': {} } } }],
    });
    expect(stored.metadata.generation).toBeUndefined();
    expect(records).toEqual([{ verb: 'create', resource: 'configmaps', namespace: 'default', name: 'c', resourceVersion: 1, wallMs: clock.wallMs(), user: 'system:admin', userAgent: 'test/1', fieldManager: '', before: undefined, after: stored }]); // prettier-ignore
  });

  test('begins with generation 1 where the kind has one', () => {
    expect(commitsOf().insert(slices, sliceOf('s'), creating).metadata.generation).toBe(1);
  });

  test('loses the status that a client sends, except that of a Node', () => {
    const status = { phase: 'Running' };
    const pod = { metadata: { name: 'p' }, spec: { containers: [{ name: 'c' }] }, status };
    expect(commitsOf().insert(pods, pod, creating)['status']).toMatchObject({ phase: 'Pending' });
    const node = commitsOf().insert(storedDefinition('nodes'), { metadata: { name: 'n' }, status }, creating);
    expect(node['status']).toMatchObject(status);
  });

  test('tried out is stored nowhere and has no version', () => {
    const stored = commitsOf().insert(maps, map(), { verb: 'create', options: { dryRun: true } });
    expect(stored.metadata.resourceVersion).toBeUndefined();
    expect([storage.count('configmaps'), records]).toEqual([0, []]);
  });

  test.each<[string, KubeObject, string]>([
    ['with a version', { ...map(), metadata: { ...map().metadata, resourceVersion: '1' } }, '500 resourceVersion should not be set on objects to be created'],
    ['that is there already', { ...map(), metadata: { name: 'old', namespace: 'default' } }, '409 configmaps "old" already exists'],
    ['that is not valid', { metadata: { name: 'A' } }, '422 ConfigMap "A" is invalid: metadata.name: Invalid value'],
  ])('%s is refused', (_, object, message) => {
    const commits = commitsOf();
    commits.insert(maps, { metadata: { name: 'old', namespace: 'default' } }, creating);
    expect(answerOf(() => commits.insert(maps, object, creating))).toContain(message);
    expect(storage.resourceVersion).toBe(1);
  }); // prettier-ignore
});

describe('a replace', () => {
  test.each<[string, object, string]>([
    ['of another uid', { uid: 'v' }, '409 Operation cannot be fulfilled on configmaps "c": Precondition failed: UID in precondition: v, UID in object meta: 0000'],
    ['of an older version', { resourceVersion: '99' }, '409 Operation cannot be fulfilled on configmaps "c": the object has been modified'],
    ['of what is no version', { resourceVersion: 'x' }, '422 ConfigMap "c" is invalid: metadata.resourceVersion: Invalid value: "x": must be an unsigned integer'],
    ['without a version', {}, 'success'],
  ])('%s: %s', (_, metadata, message) => {
    const commits = commitsOf();
    const live = commits.insert(maps, map(), creating);
    const object = { ...map({ a: '2' }), metadata: { ...map().metadata, ...metadata } };
    expect(answerOf(() => commits.replace(maps, live, object, updating))).toContain(message);
  }); // prettier-ignore

  test('without a version is refused where the kind needs one', () => {
    const leases = storedDefinition('leases');
    const commits = commitsOf();
    const lease = { metadata: { name: 'l', namespace: 'default' } };
    const live = commits.insert(leases, lease, creating);
    expect(answerOf(() => commits.replace(leases, live, lease, updating))).toBe('422 Lease.coordination.k8s.io "l" is invalid: metadata.resourceVersion: Invalid value: 0: must be specified for an update'); // prettier-ignore
  });

  test('that changes nothing gives the very same object', async () => {
    const commits = commitsOf();
    const live = commits.insert(maps, map(), creating);
    await clock.advance(5000);
    expect(commits.replace(maps, live, map(), updating)).toBe(live);
    expect(records).toHaveLength(1);
  });

  test('with one empty entry takes all owners away', () => {
    const commits = commitsOf();
    const live = commits.insert(maps, map(), creating);
    const cleared = { ...map(), metadata: { ...map().metadata, managedFields: [{}] as never } };
    expect(commits.replace(maps, live, cleared, updating).metadata.managedFields).toBeUndefined();
  });

  test('tried out keeps the version', () => {
    const commits = commitsOf();
    const live = commits.insert(maps, map(), creating);
    const tried = commits.replace(maps, live, map({ a: '2' }), { verb: 'update', options: { dryRun: true } });
    expect([tried['data'], tried.metadata.resourceVersion]).toEqual([{ a: '2' }, '1']);
    expect(storage.get('configmaps', 'default/c')).toBe(live);
  });

  test('that takes the last finalizer of a deleted object removes it', () => {
    const commits = commitsOf();
    const live = commits.insert(maps, { ...map(), metadata: { ...map().metadata, finalizers: ['a.b/c'] } }, creating);
    const marked = commits.markDeleted(maps, live, {});
    expect(marked.metadata).toMatchObject({ deletionTimestamp: '2026-01-01T00:00:00Z', deletionGracePeriodSeconds: 0 });
    expect(commits.markDeleted(maps, marked, {})).toBe(marked);
    commits.replace(maps, marked, map(), updating);
    expect(storage.count('configmaps')).toBe(0);
    expect(records.map(({ verb }) => verb)).toEqual(['create', 'delete', 'delete']);
  });
});

describe('slices', () => {
  const hinted = (hints: object): KubeObject => {
    const slice = sliceOf('s', ['a']);
    return { ...slice, endpoints: (slice['endpoints'] as object[]).map((one) => ({ ...one, hints })) };
  };
  test('go through the hook before they are checked, and nothing else does', () => {
    const seen: string[] = [];
    const commits = commitsOf({
      onWrite: (before, after, { user }) => {
        seen.push(`${before.metadata.name ?? ''} ${user}`);
        return { ...after, addressType: 'IPv6' };
      },
    });
    const live = commits.insert(slices, sliceOf('s'), creating);
    expect(answerOf(() => commits.replace(slices, live, sliceOf('s'), updating))).toContain('422 EndpointSlice');
    const other = commits.insert(maps, map(), creating);
    commits.replace(maps, other, map({}), updating);
    expect(seen).toEqual(['s system:admin']);
  });

  test('lose hints for nodes on a server that does not have them, and the rest of the hints stays', () => {
    const commits = commitsOf({ withoutNodeHints: true });
    const stored = commits.insert(slices, hinted({ forZones: [{ name: 'a' }], forNodes: [{ name: 'n' }] }), creating);
    expect(stored['endpoints']).toMatchObject([{ hints: { forZones: [{ name: 'a' }] } }]);
    expect(JSON.stringify(stored['endpoints'])).not.toContain('forNodes');
    expect(JSON.stringify(commitsOf().insert(slices, { ...hinted({ forNodes: [{ name: 'n' }] }), metadata: { name: 't' } }, creating))).toContain('forNodes'); // prettier-ignore
  });
});

describe('a deletion', () => {
  test('of a kind with a finalizer waits for its controller', () => {
    const definitions = storedDefinition('customresourcedefinitions');
    const commits = commitsOf();
    const live: KubeObject = { metadata: { name: 'd', resourceVersion: '1' }, status: { conditions: [{ type: 'A' }] } };
    const marked = commits.markDeleted(definitions, live, {});
    expect(marked.metadata.finalizers).toEqual(['customresourcecleanup.apiextensions.k8s.io']);
    expect(marked['status']).toMatchObject({ conditions: [{ type: 'A' }, { type: 'Terminating', status: 'True' }] });
  });

  test('of a Namespace takes what is in it, of every kind', () => {
    const commits = commitsOf();
    commits.insert(maps, map(), creating);
    commits.insert(slices, sliceOf('s'), creating);
    commits.insert(maps, { metadata: { name: 'c', namespace: 'other' } }, creating);
    commits.emptyNamespace('default', {});
    expect([storage.count('configmaps'), storage.count('endpointslices')]).toEqual([1, 0]);
    expect(records.slice(3).map(({ verb, resource }) => `${verb} ${resource}`)).toEqual(['delete configmaps', 'delete endpointslices']); // prettier-ignore
  });
});
