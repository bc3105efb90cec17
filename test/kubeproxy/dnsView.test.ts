import { describe, expect, test } from 'vitest';
import { viewDns } from '../../src/kubeproxy/dnsView.js';
import { viewEndpoint, viewService, viewSlice } from '../support/viewCluster.js';

describe('what DNS answers', () => {
  test('for a headless Service: all ready addresses of its slices, whatever the hints, each once', () => {
    const endpoints = [
      viewEndpoint('10.1.0.2', 'n1', { zones: ['a'] }),
      viewEndpoint('10.1.0.1', 'n2', { zones: ['b'] }, { ready: true }),
      viewEndpoint('10.1.0.3', 'n2', undefined, { ready: false, serving: true, terminating: true }),
    ];
    const slices = [viewSlice('db', endpoints), { ...viewSlice('db', endpoints), metadata: { ...viewSlice('db', []).metadata, name: 'db-2' } }, viewSlice('db', [viewEndpoint('fd00::1', 'n1')], undefined, 'IPv6')]; // prettier-ignore
    expect(viewDns([viewService('db', { clusterIP: 'None' })], slices)).toEqual([
      { namespace: 'ns1', service: 'db', kind: 'headless', answers: ['10.1.0.1', '10.1.0.2', 'fd00::1'] },
    ]);
  });

  test('for an ExternalName Service: the other name; Services with a cluster IP are not among them', () => {
    const services = [viewService('web'), viewService('ext', { type: 'ExternalName', externalName: 'example.com' }), viewService('db', { clusterIP: 'None' })]; // prettier-ignore
    expect(viewDns(services, []).map(({ service, kind, answers }) => [service, kind, answers])).toEqual([
      ['db', 'headless', []],
      ['ext', 'ExternalName', ['example.com']],
    ]);
  });
});
