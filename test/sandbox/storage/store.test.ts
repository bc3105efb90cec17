import { beforeEach, describe, expect, test } from 'vitest';
import type { KubeObject } from '../../../src/sandbox/schema/kubeObject.js';
import { valueAt } from '../../../src/sandbox/schema/kubeObject.js';
import { ResourceCatalog } from '../../../src/sandbox/schema/resourceCatalog.js';
import { Storage } from '../../../src/sandbox/storage/storage.js';
import type { StoreEvent } from '../../../src/sandbox/storage/storage.js';
import { ObjectStore } from '../../../src/sandbox/storage/store.js';
import type { WriteRecord } from '../../../src/sandbox/storage/writes.js';
import { FakeClock } from '../../support/fakeClock.js';
import { nodeOf, sliceOf } from '../samples.js';

let store: ObjectStore;
let clock: FakeClock;
let records: WriteRecord[];

beforeEach(() => {
  clock = new FakeClock();
  records = [];
  store = new ObjectStore(new Storage(100, 0), new ResourceCatalog(), {
    clock,
    random: () => 0.5,
    onCommit: (record) => records.push(record),
  });
  store.create('namespaces', { metadata: { name: 'default' } });
});

function configMap(data: object): unknown {
  return store.create('configmaps', { metadata: { name: 'c', namespace: 'default' }, ...data });
}

function codeOf(act: () => unknown): unknown {
  try {
    act();
    return 'success';
  } catch (error) {
    return valueAt(error, 'code');
  }
}

function hinted(slice: KubeObject, zone = 'a'): KubeObject {
  const endpoints = slice['endpoints'] as readonly object[];
  return { ...slice, endpoints: endpoints.map((one) => ({ ...one, hints: { forZones: [{ name: zone }] } })) };
}

/** Who owns the endpoints of a slice. */
function ownersOf(slice: KubeObject | undefined): string[] {
  return (slice?.metadata.managedFields ?? [])
    .filter((entry) => Object.hasOwn(entry.fieldsV1, 'f:endpoints'))
    .map((entry) => `${entry.manager} ${entry.operation}`);
}

describe('versions and generations', () => {
  test('a slice gets a new generation for endpoints, ports and labels, but not for annotations', () => {
    const created = store.create('endpointslices', sliceOf('s'));
    const patches: [object, number][] = [
      [{ metadata: { annotations: { a: 'b' } } }, 1],
      [{ metadata: { labels: { a: 'b' } } }, 2],
      [{ ports: [{ name: 'x', port: 1, protocol: 'UDP' }] }, 3],
      [{ endpoints: null }, 4],
    ];
    expect(created.metadata.generation).toBe(1);
    for (const [patch, generation] of patches) {
      expect(store.patch('endpointslices', 'default', 's', 'merge', patch).metadata.generation).toBe(generation);
    }
  });

  test('Services and Nodes have no generation', () => {
    expect(store.create('nodes', nodeOf('n')).metadata.generation).toBeUndefined();
  });

  test('a write that changes nothing keeps the version and is on no record', () => {
    const created = store.create('endpointslices', sliceOf('s'));
    const written = records.length;
    expect(store.update('endpointslices', { ...created })).toBe(created);
    expect(store.patch('endpointslices', 'default', 's', 'merge', {})).toBe(created);
    expect(records).toHaveLength(written);
  });

  test('one counter serves all resources', () => {
    const versions = [store.create('nodes', nodeOf('n')), store.create('endpointslices', sliceOf('s'))];
    expect(versions.map((one) => one.metadata.resourceVersion)).toEqual(['2', '3']);
  });
});

describe('conflicts and preconditions', () => {
  test.each([
    [
      'an update of an old version',
      () =>
        store.update('endpointslices', {
          ...sliceOf('s'),
          metadata: { name: 's', namespace: 'default', resourceVersion: '1' },
        }),
      409,
    ],
    [
      'an update of another uid',
      () =>
        store.update('endpointslices', { ...sliceOf('s'), metadata: { name: 's', namespace: 'default', uid: 'x' } }),
      409,
    ],
    ['an update of what is not there', () => store.update('endpointslices', sliceOf('t')), 404],
    ['a creation of what is there', () => store.create('endpointslices', sliceOf('s')), 409],
    [
      'a creation with a version',
      () =>
        store.create('endpointslices', {
          ...sliceOf('t'),
          metadata: { name: 't', namespace: 'default', resourceVersion: '1' },
        }),
      500,
    ],
    [
      'a deletion of another uid',
      () => store.delete('endpointslices', 'default', 's', { preconditions: { uid: 'x' } }),
      409,
    ],
    [
      'a deletion of another version',
      () => store.delete('endpointslices', 'default', 's', { preconditions: { resourceVersion: '1' } }),
      409,
    ],
    ['a deletion of what is not there', () => store.delete('endpointslices', 'default', 't'), 404],
    [
      'a creation in a namespace that is not there',
      () => store.create('endpointslices', { ...sliceOf('t'), metadata: { name: 't', namespace: 'none' } }),
      404,
    ],
    [
      'an unconditional update of a Lease',
      () => {
        store.create('leases', { metadata: { name: 'l', namespace: 'default' } });
        return store.update('leases', {
          metadata: { name: 'l', namespace: 'default' },
          spec: { holderIdentity: 'me' },
        });
      },
      422,
    ],
    ['a ConfigMap of 1 MiB', () => configMap({ data: { a: 'x'.repeat(1024 * 1024) } }), 'success'],
    [
      'a ConfigMap of more than 1 MiB, binary data counted as bytes',
      () => configMap({ data: { a: 'x' }, binaryData: { b: Buffer.alloc(1024 * 1024).toString('base64') } }),
      422,
    ],
    [
      'a new name by patch',
      () => store.patch('endpointslices', 'default', 's', 'merge', { metadata: { name: 't' } }),
      422,
    ],
  ])('%s', (_name, act, code) => {
    store.create('endpointslices', sliceOf('s'));
    expect(codeOf(act)).toBe(code);
  });
});

describe('validation of slices', () => {
  const endpoint = { addresses: ['10.0.0.1'], conditions: {} };

  test.each<[string, object, string | undefined]>([
    [
      'eight zones',
      { endpoints: [{ ...endpoint, hints: { forZones: [...'abcdefgh'].map((name) => ({ name })) } }] },
      undefined,
    ],
    ['1,000 endpoints', { endpoints: Array.from({ length: 1000 }, () => endpoint) }, undefined],
    [
      '1,001 endpoints',
      { endpoints: Array.from({ length: 1001 }, () => endpoint) },
      'endpoints: Too many: 1001: must have at most 1000 items',
    ],
    [
      'no address',
      { endpoints: [{ addresses: [] }] },
      'endpoints[0].addresses: Required value: must contain at least 1 address',
    ],
    [
      '101 addresses',
      { endpoints: [{ addresses: Array.from({ length: 101 }, (_, i) => `10.0.1.${i}`) }] },
      'Too many: 101',
    ],
    ['an IPv6 address among IPv4', { endpoints: [{ addresses: ['2001:db8::1'] }] }, 'must be an IPv4 address'],
    ['a loopback address', { endpoints: [{ addresses: ['127.0.0.1'] }] }, 'may not be in the loopback range'],
    [
      'a duplicate node hint',
      { endpoints: [{ ...endpoint, hints: { forNodes: [{ name: 'n' }, { name: 'n' }] } }] },
      'endpoints[0].hints.forNodes[1].name: Duplicate value: "n"',
    ],
    [
      'a node hint that names no node',
      { endpoints: [{ ...endpoint, hints: { forNodes: [{ name: 'N_1' }] } }] },
      'endpoints[0].hints.forNodes[0].name: Invalid value: "N_1"',
    ],
    [
      'an unknown address type',
      { addressType: 'IPX' },
      'addressType: Unsupported value: "IPX": supported values: "FQDN", "IPv4", "IPv6"',
    ],
    ['no address type', { addressType: undefined }, 'addressType: Required value'],
    ['two ports of one name', { ports: [{ port: 1 }, { port: 2 }] }, 'ports[1].name: Duplicate value: ""'],
    ['an unknown protocol', { ports: [{ port: 1, protocol: 'TPC' }] }, 'ports[0].protocol: Unsupported value: "TPC"'],
    [
      'a bad label',
      { metadata: { name: 's', namespace: 'default', labels: { 'a b': 'c' } } },
      'metadata.labels: Invalid value: "a b": name part must consist of',
    ],
    [
      'a bad name',
      { metadata: { name: 'S', namespace: 'default' } },
      'metadata.name: Invalid value: "S": a lowercase RFC 1123 subdomain must consist of',
    ],
    [
      'no name',
      { metadata: { namespace: 'default' } },
      'metadata.name: Required value: name or generateName is required',
    ],
    [
      'a wrong type',
      { endpoints: 'many' },
      'EndpointSlice in version "v1" cannot be handled as a EndpointSlice: json: cannot unmarshal string into Go struct field EndpointSlice.endpoints',
    ],
  ])('%s', (_name, fields, sentence) => {
    const create = (): KubeObject => store.create('endpointslices', { ...sliceOf('s', []), ...fields });
    if (sentence === undefined) expect(create().metadata.name).toBe('s');
    else expect(create).toThrow(sentence);
  });
});

describe('Services', () => {
  test.each([
    [
      'ClusterIP',
      { ports: [{ port: 80 }] },
      {
        type: 'ClusterIP',
        ipFamilies: ['IPv4'],
        ipFamilyPolicy: 'SingleStack',
        internalTrafficPolicy: 'Cluster',
        ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }],
      },
    ],
    [
      'headless',
      { clusterIP: 'None', selector: { a: 'b' } },
      { clusterIP: 'None', clusterIPs: ['None'], ipFamilies: ['IPv4'] },
    ],
    [
      'headless without selector',
      { clusterIP: 'None' },
      { ipFamilies: ['IPv4', 'IPv6'], ipFamilyPolicy: 'RequireDualStack' },
    ],
    [
      'dual stack',
      { ipFamilyPolicy: 'PreferDualStack', ports: [{ port: 80 }] },
      { ipFamilies: ['IPv4', 'IPv6'], clusterIPs: [expect.stringContaining('10.'), expect.stringContaining('fd00:')] },
    ],
    [
      'NodePort',
      { type: 'NodePort', ports: [{ port: 80 }] },
      { externalTrafficPolicy: 'Cluster', ports: [{ nodePort: 30000 }] },
    ],
    [
      'ExternalName',
      { type: 'ExternalName', externalName: 'example.com' },
      { type: 'ExternalName', sessionAffinity: 'None' },
    ],
  ])('%s gets the defaults of the real server', (_name, spec, expected) => {
    const service = store.create('services', { metadata: { name: 's', namespace: 'default' }, spec });
    expect(service).toMatchObject({ spec: expected, status: { loadBalancer: {} } });
  });

  test('a PUT without the address keeps it, another address is refused', () => {
    const created = store.create('services', {
      metadata: { name: 's', namespace: 'default' },
      spec: { ports: [{ port: 80 }] },
    });
    const updated = store.update('services', {
      metadata: { name: 's', namespace: 'default' },
      spec: { ports: [{ port: 81 }] },
    });
    expect(valueAt(updated, 'spec', 'clusterIP')).toBe(valueAt(created, 'spec', 'clusterIP'));
    expect(
      codeOf(() =>
        store.patch('services', 'default', 's', 'merge', {
          spec: { clusterIP: '10.96.9.9', clusterIPs: ['10.96.9.9'] },
        }),
      ),
    ).toBe(422);
  });
});

describe('owners of fields', () => {
  test('who changed the endpoints last owns them', () => {
    store.create('endpointslices', sliceOf('s'), { fieldManager: 'in-tree' });
    const live = store.get('endpointslices', 'default', 's');
    expect(ownersOf(live)).toEqual(['in-tree Update']);
    store.patch(
      'endpointslices',
      'default',
      's',
      'merge',
      { metadata: { annotations: { a: 'b' } } },
      { fieldManager: 'me' },
    );
    expect(ownersOf(store.get('endpointslices', 'default', 's'))).toEqual(['in-tree Update']);
    const patch = [{ op: 'add', path: '/endpoints/0/hints', value: { forZones: [{ name: 'a' }] } }];
    store.patch('endpointslices', 'default', 's', 'json', patch, { userAgent: 'slicehints/0.1 (linux)' });
    expect(ownersOf(store.get('endpointslices', 'default', 's'))).toEqual(['slicehints Update']);
  });

  test('apply owns what it names, gives up what it names no more, and meets conflicts unless forced', () => {
    const config = (fields: object): object => ({
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      ...fields,
    });
    const apply = (fields: object, manager: string, force = false): KubeObject =>
      store.patch('endpointslices', 'default', 's', 'apply', config(fields), { fieldManager: manager, force });
    apply(
      { addressType: 'IPv4', metadata: { labels: { a: '1', b: '2' } }, endpoints: [{ addresses: ['10.0.0.1'] }] },
      'one',
    );
    expect(apply({ addressType: 'IPv4', metadata: { labels: { b: '2' } } }, 'two').metadata.labels).toEqual({
      a: '1',
      b: '2',
    });
    const less = apply({ addressType: 'IPv4', endpoints: [{ addresses: ['10.0.0.1'] }] }, 'one');
    expect(less.metadata.labels).toEqual({ b: '2' });
    expect(() => apply({ endpoints: [{ addresses: ['10.0.0.2'] }] }, 'two')).toThrow(
      'Apply failed with 1 conflict: conflict with "one": .endpoints',
    );
    const forced = apply({ addressType: 'IPv4', endpoints: [{ addresses: ['10.0.0.2'] }] }, 'two', true);
    expect(ownersOf(forced)).toEqual(['two Apply']);
    const version = forced.metadata.resourceVersion;
    expect(
      apply({ addressType: 'IPv4', endpoints: [{ addresses: ['10.0.0.2'] }] }, 'two').metadata.resourceVersion,
    ).toBe(version);
  });
});

describe('the mutating hook', () => {
  test('sees old and new object and who writes, runs before validation, and its answer is stored', () => {
    const seen: unknown[] = [];
    const created = store.create('endpointslices', sliceOf('s'));
    store.onWrite = (oldObject, newObject, request) => {
      seen.push([oldObject.metadata.name, request]);
      return hinted(newObject, request.user === 'bad' ? 'not a label!' : 'b');
    };
    const caller = { user: 'system:node', userAgent: 'kcm/1', fieldManager: 'kcm' };
    const written = store.patch(
      'endpointslices',
      'default',
      's',
      'merge',
      { metadata: { labels: { x: 'y' } } },
      caller,
    );
    expect(seen).toEqual([['s', caller]]);
    expect(JSON.stringify(written)).toContain('"forZones":[{"name":"b"}]');
    expect(JSON.stringify(created)).not.toContain('forZones');
    expect(codeOf(() => store.patch('endpointslices', 'default', 's', 'merge', { ports: null }, { user: 'bad' }))).toBe(
      422,
    );
    store.onWrite = undefined;
    store.update('endpointslices', sliceOf('s'));
    expect(seen).toHaveLength(2);
  });
});

describe('status, Events, namespaces, finalizers', () => {
  test('status changes only through its subresource, and the subresource changes nothing else', () => {
    store.create('nodes', nodeOf('n'));
    const spec = store.patch('nodes', '', 'n', 'merge', { status: { phase: 'x' }, spec: { unschedulable: true } });
    expect(spec).toMatchObject({ spec: { unschedulable: true }, status: { allocatable: { cpu: '4' } } });
    expect(valueAt(spec, 'status', 'phase')).toBeUndefined();
    const patch = { status: { allocatable: { cpu: '8' } }, spec: { unschedulable: null } };
    const status = store.patch('nodes', '', 'n', 'merge', patch, { subresource: 'status' });
    expect(status).toMatchObject({ spec: { unschedulable: true }, status: { allocatable: { cpu: '8' } } });
  });

  test.each([
    ['default', '', 'success'],
    ['default', 'default', 'success'],
    ['default', 'kube-system', 422],
  ])('an Event in %s about an object in "%s"', (namespace, involved, outcome) => {
    const object = involved === '' ? { kind: 'Node', name: 'n' } : { kind: 'Service', name: 's', namespace: involved };
    expect(codeOf(() => store.create('events', { metadata: { name: 'e', namespace }, involvedObject: object }))).toBe(
      outcome,
    );
  });

  test('a finalizer holds a deletion until it is gone', () => {
    store.create('services', {
      metadata: { name: 's', namespace: 'default', finalizers: ['example.com/hold'] },
      spec: { ports: [{ port: 1 }] },
    });
    expect(store.delete('services', 'default', 's').metadata.deletionTimestamp).toBeDefined();
    expect(store.get('services', 'default', 's')).toBeDefined();
    store.patch('services', 'default', 's', 'merge', { metadata: { finalizers: null } });
    expect(store.get('services', 'default', 's')).toBeUndefined();
  });

  test('write makes an object what a file says, status included, whatever versions the file carries', () => {
    const manifest = { ...nodeOf('n'), metadata: { ...nodeOf('n').metadata, uid: 'old', resourceVersion: '999' } };
    expect(store.write('nodes', manifest)).toMatchObject({ status: { allocatable: { cpu: '4' } } });
    const changed = { ...manifest, status: { allocatable: { cpu: '2' } } };
    expect(store.write('nodes', changed)).toMatchObject({ status: { allocatable: { cpu: '2' } } });
    const pod = {
      metadata: { name: 'p' },
      spec: { containers: [{ name: 'c' }] },
      status: { phase: 'Running', podIP: '10.1.1.1' },
    };
    expect(store.write('pods', pod)).toMatchObject({
      metadata: { namespace: 'default' },
      status: { podIP: '10.1.1.1' },
    });
  });
});

describe('listeners and records', () => {
  test('a listener that writes does not turn the order around for the others', () => {
    const seen: string[] = [];
    const note = (event: StoreEvent): void => void seen.push(`${event.type} ${event.resourceVersion}`);
    store.subscribe('nodes', (event) => {
      if (event.type === 'ADDED')
        store.patch('nodes', '', event.key, 'merge', { metadata: { labels: { seen: 'yes' } } });
    });
    const stop = store.subscribe('nodes', note);
    store.create('nodes', nodeOf('n'));
    store.delete('nodes', '', 'n');
    stop();
    store.create('nodes', nodeOf('m'));
    expect(seen).toEqual(['ADDED 2', 'MODIFIED 3', 'DELETED 4']);
    const versions = records.map((record) => record.resourceVersion);
    expect(versions).toEqual([...versions].sort((a, b) => a - b));
    expect(records.map((record) => record.verb)).toEqual(['create', 'create', 'patch', 'delete', 'create', 'patch']);
  });

  test('older states are rebuilt from the log until it is cut', () => {
    store.create('nodes', nodeOf('a'));
    const then = store.resourceVersion;
    store.create('nodes', nodeOf('b'));
    store.patch('nodes', '', 'a', 'merge', { metadata: { labels: { new: 'yes' } } });
    store.delete('nodes', '', 'a');
    const names = (version: number): unknown[] =>
      store.storage.listAt('nodes', version).map((one) => [one.metadata.name, one.metadata.labels?.['new']]);
    expect(names(then)).toEqual([['a', undefined]]);
    expect(names(then + 2)).toEqual([
      ['a', 'yes'],
      ['b', undefined],
    ]);
    expect(names(store.resourceVersion)).toEqual([['b', undefined]]);
    for (let i = 0; i < 200; i++) store.patch('nodes', '', 'b', 'merge', { metadata: { labels: { i: String(i) } } });
    expect(store.storage.compactedVersion('nodes')).toBeGreaterThan(then);
    expect(store.storage.eventsAfter('nodes', store.resourceVersion - 3)).toHaveLength(3);
  });
});
