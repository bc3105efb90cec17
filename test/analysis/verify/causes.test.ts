import { describe, expect, test } from 'vitest';
import { causesOf, demandCause, type CauseInput } from '../../../src/analysis/verify/causes.js';
import type { EndpointSliceManifest, ServiceManifest } from '../../../src/model/manifest.js';
import { readService } from '../../../src/model/service.js';
import { readSlice } from '../../../src/model/slice.js';

const NOW = Date.UTC(2026, 5, 1, 12);
const MINUTE = 60_000;

function input({
  spec = {},
  slice = {},
  ...more
}: { spec?: object; slice?: Partial<EndpointSliceManifest> } & Partial<CauseInput>): CauseInput {
  const manifest: ServiceManifest = { metadata: { namespace: 'shop', name: 'web' }, spec };
  const sliceManifest: EndpointSliceManifest = {
    addressType: 'IPv4',
    endpoints: ['a', 'b'].map((zone, i) => ({
      addresses: [`10.0.0.${i}`],
      zone,
      conditions: { ready: true },
      hints: { forZones: [{ name: zone }] },
    })),
    ...slice,
    metadata: { namespace: 'shop', name: 'web-1', ...slice.metadata },
  };
  const record = readSlice(sliceManifest);
  return {
    service: readService(manifest),
    manifest,
    endpoints: record.endpoints,
    slices: [record],
    sliceManifests: [sliceManifest],
    namespace: undefined,
    consumers: ['kube-proxy'],
    headlessSiblings: [],
    clientPods: undefined,
    measured: [],
    asked: [],
    nowMs: NOW,
    windowMs: 15 * MINUTE,
    ...more,
  };
}
const named = (given: Parameters<typeof input>[0]): string[] => causesOf(input(given)).map(({ cause }) => cause);
const written = (
  time: string | undefined,
  manager = 'slicehints',
  field = 'f:endpoints',
): Partial<EndpointSliceManifest> => ({
  metadata: { managedFields: [{ manager, ...(time === undefined ? {} : { time }), fieldsV1: { [field]: {} } }] },
});
const ago = (minutes: number): string => new Date(NOW - minutes * MINUTE).toISOString();

describe('rules', () => {
  test.each<[string, Parameters<typeof input>[0], string[]]>([
    ['nothing at all', {}, []],
    ['other affinity', { spec: { sessionAffinity: 'None' } }, []],
    ['traffic to a zone with ready endpoints', { measured: [{ from: 'a', to: 'b', share: 0.5 }] }, []],
    ['little traffic to a zone without', { measured: [{ from: 'a', to: 'c', share: 0.1 }] }, []],
    ['much traffic to a zone without', { measured: [{ from: 'a', to: 'c', share: 0.2 }] }, ['direct-pods']],
    [
      'much traffic to a zone where an endpoint terminates',
      {
        measured: [{ from: 'a', to: 'a', share: 0.9 }],
        slice: { endpoints: [{ addresses: ['10.0.0.1'], zone: 'a', conditions: { ready: false, terminating: true } }] },
      },
      [],
    ],
    [
      'much traffic where endpoints have no zone',
      { measured: [{ from: 'a', to: 'c', share: 0.9 }], slice: { endpoints: [{ addresses: ['10.0.0.1'] }] } },
      [],
    ],
    [
      'much traffic of endpoints that are gone',
      { measured: [{ from: 'a', to: 'c', share: 1 }], slice: { endpoints: [] } },
      [],
    ],
    ['a port that is none', { spec: { ports: [null] } }, []],
    ['a policy Local for outside on a Service without an outside', { spec: { externalTrafficPolicy: 'Local' } }, []],
    ['the same with one', { spec: { type: 'NodePort', externalTrafficPolicy: 'Local' } }, ['local-policy', 'outside']],
    ['external IPs', { spec: { externalIPs: ['192.0.2.1'] } }, ['outside']],
    ['a protocol of short connections', { spec: { ports: [{ port: 80, appProtocol: 'http' }] } }, []],
    ['websockets', { spec: { ports: [{ port: 80, appProtocol: 'kubernetes.io/ws' }] } }, ['few-connections']],
    ['as many clients as endpoints', { clientPods: 2 }, []],
    ['fewer clients than endpoints', { clientPods: 1 }, ['few-connections']],
    ['clients that are named and run nowhere', { clientPods: 0 }, []],
    [
      'a mesh of the namespace',
      { namespace: { metadata: { name: 'shop', labels: { 'istio-injection': 'enabled' } } } },
      ['mesh'],
    ],
    ['Windows nodes', { consumers: ['kube-proxy', 'kube-proxy-windows'] }, ['consumers']],
    ['Windows nodes, and no hints', { consumers: ['kube-proxy-windows'], slice: { endpoints: [] } }, []],
    ['hints written in the window', { slice: written(ago(14)) }, ['hints-changed']],
    ['hints written before the window', { slice: written(ago(16)) }, []],
    ['hints written in the future', { slice: written(ago(-1)) }, []],
    ['another writer in the window', { slice: written(ago(1), 'kube-controller-manager') }, []],
    ['another field in the window', { slice: written(ago(1), 'slicehints', 'f:metadata') }, []],
    ['a time that is missing', { slice: written(undefined) }, []],
    ['a time that is none', { slice: written('yesterday') }, []],
  ])('%s', (_, given, causes) => {
    expect(named(given)).toEqual(causes);
  });
});

describe('demand by the wrong source', () => {
  const shares = (a: number): ReadonlyMap<string, number> =>
    new Map([
      ['a', a],
      ['b', 1 - a],
    ]);
  test.each([
    ['ten points are tolerated', 0.6, 0.5, undefined],
    ['more are not', 0.62, 0.5, 'zone a sends 62% of the traffic, and the forecast takes 50% (demand: cpu)'],
  ])('%s', (_, measured, expected, evidence) => {
    expect(demandCause(shares(measured), shares(expected), 'cpu')?.evidence).toBe(evidence);
  });

  test('a zone that one side does not have counts as 0', () => {
    expect(demandCause(new Map([['x', 1]]), new Map([['a', 1]]), 'cpu')?.evidence).toContain('zone a sends 0%');
  });
});
