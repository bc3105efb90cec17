import { describe, expect, test } from 'vitest';
import * as paths from '../../../src/kube/rest/paths.js';

describe('the path of', () => {
  test.each<[string, string, string]>([
    ['all Services', paths.servicesPath(), '/api/v1/services'],
    ['the Services of no namespace', paths.servicesPath(''), '/api/v1/services'],
    ['the Services of a namespace', paths.servicesPath('shop'), '/api/v1/namespaces/shop/services'],
    ['a Service', paths.servicePath('shop', 'cart'), '/api/v1/namespaces/shop/services/cart'],
    ['all Nodes', paths.nodesPath(), '/api/v1/nodes'],
    ['all Events', paths.eventsPath(), '/api/v1/events'],
    ['an Event', paths.eventPath('shop', 'cart.17'), '/api/v1/namespaces/shop/events/cart.17'],
    ['all EndpointSlices', paths.slicesPath(), '/apis/discovery.k8s.io/v1/endpointslices'],
    [
      'an EndpointSlice',
      paths.slicePath('shop', 'cart-x'),
      '/apis/discovery.k8s.io/v1/namespaces/shop/endpointslices/cart-x',
    ],
    ['all Deployments', paths.deploymentsPath(), '/apis/apps/v1/deployments'],
    ['the Deployments of a namespace', paths.deploymentsPath('shop'), '/apis/apps/v1/namespaces/shop/deployments'],
    ['all Leases', paths.leasesPath(), '/apis/coordination.k8s.io/v1/leases'],
    ['a ConfigMap', paths.configMapPath('shop', 'me'), '/api/v1/namespaces/shop/configmaps/me'],
    ['a Lease', paths.leasePath('shop', 'me'), '/apis/coordination.k8s.io/v1/namespaces/shop/leases/me'],
    [
      'a name that leaves its place',
      paths.eventPath('a/b', '../x?y#z'),
      '/api/v1/namespaces/a%2Fb/events/..%2Fx%3Fy%23z',
    ],
  ])('%s is %s', (_, path, expected) => {
    expect(path).toBe(expected);
  });
});
