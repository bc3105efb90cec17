import { beforeEach, describe, expect, test } from 'vitest';
import type { JsonObject, KubeObject } from '../../../src/sandbox/schema/kubeObject.js';
import { builtInDefinitions, storedDefinition } from '../../../src/sandbox/schema/resources.js';
import type { ResourceDefinition } from '../../../src/sandbox/schema/resources.js';
import type { ResourceWriter } from '../../../src/sandbox/storage/resourceWriter.js';
import type { ObjectStore } from '../../../src/sandbox/storage/store.js';
import type { PatchOptions, PatchType } from '../../../src/sandbox/storage/writes.js';
import { sliceOf } from '../samples.js';
import { answerOf, storeOf } from './stores.js';

const maps = storedDefinition('configmaps');
const leases = storedDefinition('leases');
const pods = storedDefinition('pods');
const events = builtInDefinitions.find((one) => one.group === 'events.k8s.io') as ResourceDefinition;

let store: ObjectStore;
let writer: ResourceWriter;
beforeEach(() => {
  store = storeOf();
  writer = store.writer;
});

const create = (body: JsonObject, namespace = 'default', definition = maps): KubeObject =>
  writer.create(definition, namespace, body, {});
const patched = (type: PatchType, patch: unknown, options: PatchOptions = {}): KubeObject =>
  writer.patch(maps, 'default', 'c', type, patch, options).object;
const named: JsonObject = { metadata: { name: 'c' } };

describe('a creation', () => {
  test('is in the namespace of the path', () => {
    expect(create(named).metadata.namespace).toBe('default');
    expect(create({ metadata: { name: 'n', namespace: 'x' } }, '', storedDefinition('nodes')).metadata.name).toBe('n');
  });

  test.each<[string, JsonObject, string, string]>([
    ['in another namespace than its own', { metadata: { name: 'c', namespace: 'shop' } }, 'default', '400 the namespace of the provided object does not match the namespace sent on the request'],
    ['in a namespace that is not there', named, 'shop', '404 namespaces "shop" not found'],
    ['of another kind', { kind: 'Pod', apiVersion: 'v1' }, 'default', '400 Pod in version "v1" cannot be handled as a ConfigMap'],
  ])('%s is refused', (_, body, namespace, message) => {
    expect(answerOf(() => create(body, namespace))).toContain(message);
  }); // prettier-ignore

  test('is named by its prefix, with the next suffix where the first is taken', () => {
    let numbers: number[] = [];
    const { writer: own } = storeOf({ random: () => numbers.shift() ?? 0 });
    own.create(maps, 'default', { metadata: { name: 'c-bbbbb' } }, {});
    numbers = [0, 0, 0, 0, 0, 0.99];
    expect(own.create(maps, 'default', { metadata: { generateName: 'c-' } }, {}).metadata).toMatchObject({
      name: 'c-9bbbb',
      generateName: 'c-',
    });
  });
});

describe('a PUT', () => {
  beforeEach(() => void create(named));
  test.each<[string, string, JsonObject, string]>([
    ['of another name', 'c', { metadata: { name: 'd' } }, '400 the name of the object (d) does not match the name on the URL (c)'],
    ['of another namespace', 'c', { metadata: { namespace: 'shop' } }, '400 the namespace of the provided object does not match'],
    ['of what is not there', 'd', {}, '404 configmaps "d" not found'],
    ['without a name, which the path has', 'c', { data: { a: '1' } }, 'success'],
  ])('%s', (_, name, body, message) => {
    expect(answerOf(() => writer.update(maps, 'default', name, body, {}))).toContain(message);
  }); // prettier-ignore

  test('creates an object of a kind that allows it, unless the client means one that was there', () => {
    const put = (metadata: object): string => answerOf(() => writer.update(leases, 'default', 'l', { metadata }, {}));
    expect(put({ resourceVersion: '1' })).toBe('404 leases.coordination.k8s.io "l" not found');
    expect(put({ uid: 'u' })).toBe('404 leases.coordination.k8s.io "l" not found');
    expect(answerOf(() => writer.update(leases, 'shop', 'l', {}, {}))).toBe('404 namespaces "shop" not found');
    expect(writer.update(leases, 'default', 'l', {}, {})).toMatchObject({ created: true });
    const live = store.get('leases', 'default', 'l');
    expect(writer.update(leases, 'default', 'l', { ...live }, {})).toEqual({ object: live, created: false });
  });
});

describe('a PATCH', () => {
  beforeEach(() => void create({ ...named, data: { a: '1' } }));
  test.each<[PatchType, unknown, string]>([
    ['json', [{ op: 'add', path: '/data/b', value: '2' }], 'success'],
    ['merge', { data: { b: '2' } }, 'success'],
    ['strategic', { data: { b: '2' } }, 'success'],
    ['json', [{ op: 'replace', path: '', value: 1 }], '400 the patched object is not a JSON object'],
    ['merge', [], '400 error decoding patch: json: cannot unmarshal array'],
    ['strategic', 'text', '400 error decoding patch: json: cannot unmarshal array'],
    ['merge', { metadata: { name: 'd' } }, '422 ConfigMap "c" is invalid: metadata.name: Invalid value: "d": field is immutable'],
    ['merge', { metadata: { namespace: 'shop' } }, '422 ConfigMap "c" is invalid: metadata.namespace: Invalid value: "shop": field is immutable'],
    ['merge', { metadata: { uid: 'u' } }, '422 ConfigMap "c" is invalid: metadata.uid: Invalid value: "u": field is immutable'],
    ['merge', { data: { a: 1 } }, '422  "" is invalid: patch: Invalid value: '],
    ['apply', { data: {} }, '422 PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch'],
  ])('%s %j', (type, patch, message) => {
    const before = store.get('configmaps', 'default', 'c');
    expect(answerOf(() => patched(type, patch))).toContain(message);
    const after = store.get('configmaps', 'default', 'c');
    if (message === 'success') expect(after?.['data']).toEqual({ a: '1', b: '2' });
    else expect(after).toBe(before);
  }); // prettier-ignore

  test('of what is not there is refused', () => {
    expect(answerOf(() => writer.patch(maps, 'default', 'd', 'merge', {}, {}))).toBe('404 configmaps "d" not found');
  });

  test('of an Event through events.k8s.io has the names of that group', () => {
    writer.create(events, 'default', { metadata: { name: 'e' }, regarding: { namespace: 'default' }, note: 'old' }, {});
    const { object } = writer.patch(events, 'default', 'e', 'merge', { note: 'new' }, {});
    expect(object['message']).toBe('new');
  });
});

describe('an apply', () => {
  const apply = (patch: unknown, fieldManager = 'm', more: PatchOptions = {}): KubeObject =>
    patched('apply', patch, { fieldManager, ...more });
  const own = { apiVersion: 'v1', kind: 'ConfigMap' };
  test('creates what is not there, and owns what it sets', () => {
    const { metadata, data } = apply({ ...own, data: { a: '1' } }) as KubeObject & { data: object };
    expect(data).toEqual({ a: '1' });
    expect(metadata.managedFields).toMatchObject([
      { manager: 'm', operation: 'Apply', fieldsV1: { 'f:data': { 'f:a': {} } } },
    ]);
  });

  test.each<[string, unknown, string, PatchOptions, string]>([
    ['of a list', [], 'm', {}, '400 error decoding YAML: the applied configuration is not an object'],
    ['with owners', { metadata: { managedFields: [{ manager: 'x' }] } }, 'm', {}, '400 metadata.managedFields must be nil'],
    ['of a status of what is not there', {}, 'm', { subresource: 'status' }, '404 configmaps "c" not found'],
  ])('%s is refused', (_, patch, manager, more, message) => {
    expect(answerOf(() => apply(patch, manager, more))).toBe(message);
  }); // prettier-ignore

  test('of what another owns is a conflict, and is taken by force', () => {
    apply({ data: { a: '1' } });
    expect(answerOf(() => apply({ data: { a: '2' } }, 'n'))).toContain('409 Apply failed with 1 conflict');
    expect(apply({ data: { a: '2' } }, 'n', { force: true })['data']).toEqual({ a: '2' });
  });

  test('owns no defaults', () => {
    const { object } = writer.patch(storedDefinition('services'), 'default', 's', 'apply', { spec: { selector: { a: 'b' }, ports: [{ port: 80 }] } }, { fieldManager: 'm' }); // prettier-ignore
    expect(object['spec']).toMatchObject({ type: 'ClusterIP', ports: [{ protocol: 'TCP', targetPort: 80 }] });
    expect(JSON.stringify(object.metadata.managedFields)).not.toContain('f:type');
  });
});

describe('a DELETE', () => {
  beforeEach(() => void create(named));
  const deleted = (preconditions?: object): string => answerOf(() => writer.delete(maps, 'default', 'c', { ...(preconditions === undefined ? {} : { preconditions }) })); // prettier-ignore
  test('removes the object, once', () => {
    expect([deleted(), deleted()]).toEqual(['success', '404 configmaps "c" not found']);
  });

  test.each([
    [{ uid: 'v' }, 'the UID in the precondition (v) does not match the UID in record'],
    [{ resourceVersion: '9' }, 'the ResourceVersion in the precondition (9) does not match the ResourceVersion in record (2)'],
  ])('of another version is refused: %j', (preconditions, why) => {
    expect(deleted(preconditions)).toContain(`409 Operation cannot be fulfilled on configmaps "c": ${why}`);
    expect(deleted({ resourceVersion: '2' })).toBe('success');
  }); // prettier-ignore

  test('tried out removes nothing', () => {
    writer.delete(maps, 'default', 'c', { dryRun: true });
    expect(store.get('configmaps', 'default', 'c')).toBeDefined();
  });

  test('of an object with finalizers marks it', () => {
    create({ metadata: { name: 'f', finalizers: ['a.b/c'] } });
    expect(writer.delete(maps, 'default', 'f', {}).metadata.deletionTimestamp).toBeDefined();
    expect(store.get('configmaps', 'default', 'f')).toBeDefined();
  });

  test('of a Namespace takes what is in it', () => {
    store.create('endpointslices', sliceOf('s'));
    writer.delete(storedDefinition('namespaces'), '', 'default', {});
    expect([store.list('endpointslices'), store.list('configmaps'), store.list('namespaces')]).toEqual([[], [], []]);
  });
});

describe('a Pod that ends', () => {
  const pod = (spec: object): JsonObject => ({
    metadata: { name: 'p' },
    spec: { containers: [{ name: 'c' }], ...spec },
  });
  test.each<[string, object, object, number | undefined]>([
    ['has its own grace period', { nodeName: 'n', terminationGracePeriodSeconds: 7 }, {}, 7],
    ['has the one of the request', { nodeName: 'n' }, { graceSeconds: 5 }, 5],
    ['is gone at once without one', { nodeName: 'n' }, { graceSeconds: 0 }, undefined],
    ['is gone at once without a node', {}, {}, undefined],
  ])('%s', (_, spec, options, seconds) => {
    create(pod(spec), 'default', pods);
    writer.terminate(pods, 'default', 'p', options);
    expect(store.get('pods', 'default', 'p')?.metadata.deletionGracePeriodSeconds).toBe(seconds);
    expect(store.get('pods', 'default', 'p') === undefined).toBe(seconds === undefined);
  });

  test('is refused when it is not there, and stays when it is only tried out', () => {
    expect(answerOf(() => writer.terminate(pods, 'default', 'p', {}))).toBe('404 pods "p" not found');
    const created = create(pod({ nodeName: 'n' }), 'default', pods);
    expect(writer.terminate(pods, 'default', 'p', { dryRun: true })).toBe(created);
  });
});
