import { describe, expect, it } from 'vitest';
import type { EndpointManifest, EndpointSliceManifest, ManagedFieldsManifest } from '../../src/model/manifest.js';
import { readEndpoint, readSlice } from '../../src/model/slice.js';

function entry(manager: string, time: string | Date | undefined, ...fields: string[]): ManagedFieldsManifest {
  return {
    manager,
    ...(time === undefined ? {} : { time }),
    fieldsV1: Object.fromEntries(fields.map((field) => [field, {}])),
  };
}

const EARLY = '2026-01-01T00:00:00Z';
const LATE = '2026-01-01T00:00:09Z';

describe('who wrote the endpoints of a slice', () => {
  it.each<[string, ManagedFieldsManifest[], string, boolean]>([
    ['nobody', [], '', false],
    [
      'the only one who did',
      [entry('kube-controller-manager', EARLY, 'f:endpoints')],
      'kube-controller-manager',
      false,
    ],
    [
      'only we',
      [entry('kube-controller-manager', LATE, 'f:ports'), entry('slicehints', EARLY, 'f:endpoints')],
      '',
      true,
    ],
    [
      'the latest of two',
      [entry('kubectl-edit', LATE, 'f:endpoints'), entry('mesh', EARLY, 'f:endpoints')],
      'kubectl-edit',
      false,
    ],
    [
      'the other one beside us',
      [entry('mesh', EARLY, 'f:endpoints'), entry('slicehints', LATE, 'f:endpoints')],
      'mesh',
      true,
    ],
    ['the last of equals', [entry('a', EARLY, 'f:endpoints'), entry('b', EARLY, 'f:endpoints')], 'b', false],
    ['one without a time, when nobody has one', [entry('a', undefined, 'f:endpoints')], 'a', false],
    [
      'one with a time before one without',
      [entry('a', EARLY, 'f:endpoints'), entry('b', 'soon', 'f:endpoints')],
      'a',
      false,
    ],
    [
      'the latest, with times of a generated client',
      [entry('a', new Date(LATE), 'f:endpoints'), entry('b', new Date(EARLY), 'f:endpoints')],
      'a',
      false,
    ],
    ['nobody, when an entry has no fields', [{ manager: 'a', time: EARLY }], '', false],
  ])('is %s', (_, managedFields, endpointsManager, endpointsOurs) => {
    expect(readSlice({ metadata: { managedFields } })).toMatchObject({ endpointsManager, endpointsOurs });
  });

  it('is not said where a slice has no managed fields, as in a file', () => {
    const record = readSlice({ metadata: { name: 'web-1' } });
    expect(record).not.toHaveProperty('endpointsManager');
    expect(record).not.toHaveProperty('endpointsOurs');
  });
});

describe('readSlice', () => {
  it('reads every field', () => {
    const manifest: EndpointSliceManifest = {
      metadata: {
        namespace: 'shop',
        name: 'web-1',
        resourceVersion: '9',
        generation: 3,
        labels: {
          'kubernetes.io/service-name': 'web',
          'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
        },
        annotations: { 'slicehints.io/hints': '', 'endpoints.kubernetes.io/last-change-trigger-time': EARLY },
      },
      addressType: 'IPv6',
      ports: [{ name: 'http' }],
      endpoints: [{ addresses: ['fd00::1'] }],
    };
    expect(readSlice(manifest)).toEqual({
      namespace: 'shop',
      name: 'web-1',
      serviceName: 'web',
      managedBy: 'endpointslice-controller.k8s.io',
      resourceVersion: '9',
      generation: 3,
      addressType: 'IPv6',
      owned: true,
      hasAnnotations: true,
      hasTriggerTime: true,
      portNames: ['http'],
      endpoints: [readEndpoint({ addresses: ['fd00::1'] })],
    });
  });

  it.each<[string, EndpointSliceManifest]>([
    ['an empty manifest', {}],
    ['metadata, ports and endpoints that are null', { metadata: null, addressType: null, ports: null, endpoints: null }], // prettier-ignore
    ['fields that are null', { metadata: { name: null, namespace: null, resourceVersion: null, generation: null, labels: null, annotations: null, managedFields: null } }], // prettier-ignore
  ])('%s has the empty value of each field', (_, manifest) => {
    expect(readSlice(manifest)).toStrictEqual({
      namespace: '',
      name: '',
      serviceName: '',
      managedBy: '',
      resourceVersion: '',
      generation: 0,
      addressType: '',
      owned: false,
      hasAnnotations: false,
      portNames: [],
      endpoints: [],
    });
  });

  it('annotations of others do not make a slice ours', () => {
    const slice = readSlice({ metadata: { annotations: { app: 'web' } } });
    expect([slice.owned, slice.hasAnnotations, slice.hasTriggerTime]).toEqual([false, true, undefined]);
  });

  it.each<[string, unknown, string[]]>([
    ['one port without a name', [{ port: 80 }], ['']],
    ['one entry that is null', [null], ['']],
    ['several, sorted, each once', [{ name: 'b' }, { name: 'a' }, { name: 'b' }, null], ['', 'a', 'b']],
    ['none', [], []],
  ])('names of ports: %s', (_, ports, portNames) => {
    expect(readSlice({ ports: ports as EndpointSliceManifest['ports'] }).portNames).toEqual(portNames);
  });

  it('an entry of endpoints that is null keeps its place', () => {
    const endpoints = [null, { addresses: ['10.0.0.1'] }] as unknown as EndpointManifest[];
    expect(readSlice({ endpoints }).endpoints.map(({ address }) => address)).toEqual(['', '10.0.0.1']);
  });
});

describe('readEndpoint', () => {
  it('reads every field', () => {
    const endpoint = {
      addresses: ['10.0.0.1', '10.0.0.2'],
      conditions: { ready: false, serving: true, terminating: true },
      nodeName: 'n1',
      zone: 'a',
      hints: { forZones: [{ name: 'b' }] },
    };
    expect(readEndpoint(endpoint)).toEqual({
      address: '10.0.0.1',
      addresses: ['10.0.0.1', '10.0.0.2'],
      zone: 'a',
      nodeName: 'n1',
      ready: false,
      serving: true,
      terminating: true,
      hints: { forZones: ['b'], forNodes: undefined },
    });
  });

  it.each<[string[], string, string[] | undefined]>([
    [['10.0.0.1'], '10.0.0.1', undefined],
    [[], '', []],
    [[''], '', undefined],
  ])('has all of %j where the first is not the only one', (addresses, address, all) => {
    expect(readEndpoint({ addresses })).toMatchObject({ address, addresses: all });
  });

  it.each(['rack 7', 'a/b', '\u001b[31m', 'z'.repeat(64), '-', ''])(
    'takes %j for no zone: in hints the API server would refuse it',
    (zone) => {
      expect(readEndpoint({ addresses: ['10.0.0.1'], zone }).zone).toBe('');
    },
  );

  it.each<[string, EndpointManifest, (boolean | undefined)[]]>([
    ['absent are not known', { addresses: ['10.0.0.1'] }, [undefined, undefined, undefined]],
    ['null are not known', { addresses: ['10.0.0.1'], conditions: { ready: null, serving: null, terminating: null } }, [undefined, undefined, undefined]], // prettier-ignore
    ['of an endpoint without an address are false, but for terminating', { conditions: { ready: true, serving: true, terminating: true } }, [false, false, true]], // prettier-ignore
    ['of an empty address are false', { addresses: [''], conditions: { ready: true } }, [false, false, undefined]],
  ])('conditions that are %s', (_, endpoint, conditions) => {
    const { ready, serving, terminating } = readEndpoint(endpoint);
    expect([ready, serving, terminating]).toEqual(conditions);
  });
});
