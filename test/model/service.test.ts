import { describe, expect, test } from 'vitest';
import type { ServiceManifest } from '../../src/model/manifest.js';
import { readService, type ServiceRecord } from '../../src/model/service.js';

const EMPTY: ServiceRecord = {
  namespace: '',
  name: '',
  uid: '',
  resourceVersion: '',
  annotations: {},
  trafficDistribution: '',
  type: '',
  isHeadless: false,
  internalTrafficPolicy: '',
  externalTrafficPolicy: '',
  hasSelector: false,
  createdMs: undefined,
  deleting: false,
};

describe('readService', () => {
  test('reads every field', () => {
    const manifest: ServiceManifest = {
      metadata: {
        namespace: 'shop',
        name: 'web',
        uid: 'u',
        resourceVersion: '7',
        annotations: { 'service.kubernetes.io/topology-mode': 'Auto' },
        creationTimestamp: '2026-01-01T00:00:01Z',
        deletionTimestamp: '2026-01-02T00:00:00Z',
      },
      spec: {
        type: 'NodePort',
        clusterIP: '10.0.0.1',
        selector: { app: 'web' },
        trafficDistribution: 'PreferClose',
        internalTrafficPolicy: 'Cluster',
        externalTrafficPolicy: 'Local',
      },
    };
    expect(readService(manifest)).toEqual({
      namespace: 'shop',
      name: 'web',
      uid: 'u',
      resourceVersion: '7',
      annotations: { 'service.kubernetes.io/topology-mode': 'Auto' },
      trafficDistribution: 'PreferClose',
      type: 'NodePort',
      isHeadless: false,
      internalTrafficPolicy: 'Cluster',
      externalTrafficPolicy: 'Local',
      hasSelector: true,
      createdMs: Date.UTC(2026, 0, 1, 0, 0, 1),
      deleting: true,
    });
  });

  test.each<[string, ServiceManifest]>([
    ['an empty manifest', {}],
    ['metadata and spec that are null', { metadata: null, spec: null }],
    [
      'fields that are null',
      {
        metadata: { name: null, namespace: null, uid: null, resourceVersion: null, annotations: null, creationTimestamp: null, deletionTimestamp: null }, // prettier-ignore
        spec: { type: null, clusterIP: null, selector: null, trafficDistribution: null, internalTrafficPolicy: null, externalTrafficPolicy: null }, // prettier-ignore
      },
    ],
  ])('%s has the empty value of each field', (_, manifest) => {
    expect(readService(manifest)).toEqual(EMPTY);
  });

  test.each<[string, Record<string, unknown>, Record<string, string>]>([
    ["Kubernetes' topology keys", { 'service.kubernetes.io/topology-aware-hints': 'auto' }, { 'service.kubernetes.io/topology-aware-hints': 'auto' }], // prettier-ignore
    ['those of slicehints', { 'slicehints.io/mode': 'auto' }, { 'slicehints.io/mode': 'auto' }],
    ['near misses of them', { 'slicehint.io/mode': 'auto' }, { 'slicehint.io/mode': 'auto' }],
    ["OpenYurt's topology keys", { 'openyurt.io/topologyKeys': 'openyurt.io/nodepool' }, { 'openyurt.io/topologyKeys': 'openyurt.io/nodepool' }], // prettier-ignore
    ['no others', { 'kubectl.kubernetes.io/last-applied-configuration': '{}', 'example.com/slicehints': 'x' }, {}],
    ['none that are not texts', { 'slicehints.io/mode': 3, 'slicehints.io/demand': null }, {}],
  ])('of annotations it keeps %s', (_, annotations, kept) => {
    expect(readService({ metadata: { annotations: annotations as Record<string, string> } }).annotations).toEqual(kept);
  });

  test('Services without annotations of ours share one empty object', () => {
    const none = readService({}).annotations;
    expect(readService({ metadata: { annotations: { app: 'web' } } }).annotations).toBe(none);
    expect(Object.isFrozen(none)).toBe(true);
  });

  test.each<[string, ServiceManifest['spec'], boolean]>([
    ['with a selector has one', { selector: { app: 'web' } }, true],
    ['with an empty selector has none', { selector: {} }, false],
    ['of type ExternalName has none, whatever its selector', { type: 'ExternalName', selector: { app: 'web' } }, false],
  ])('a Service %s', (_, spec, hasSelector) => {
    expect(readService({ spec }).hasSelector).toBe(hasSelector);
  });

  test('a Service with clusterIP None is headless', () => {
    expect(readService({ spec: { clusterIP: 'None' } }).isHeadless).toBe(true);
  });

  test.each([
    ['a text', '2026-01-01T00:00:00Z', Date.UTC(2026, 0, 1)],
    ['a Date of a generated client', new Date(5000), 5000],
    ['the first moment of 1970', new Date(0), 0],
    ['a text that is no time', 'yesterday', undefined],
  ])('a time may be %s', (_, time, ms) => {
    const service = readService({ metadata: { creationTimestamp: time, deletionTimestamp: time } });
    expect([service.createdMs, service.deleting]).toEqual([ms, ms !== undefined]);
  });
});
