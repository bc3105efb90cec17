import { describe, expect, test } from 'vitest';
import { ResourceCatalog } from '../../../src/sandbox/schema/resourceCatalog.js';
import { isTrue, routeOf } from '../../../src/sandbox/server/requestInfo.js';
import { drains } from '../schema/custom/drains.js';

const catalog = new ResourceCatalog();
catalog.set(drains);

/** `verb resource namespace/name/subresource`, or what else became of the path. */
function shown(method: string, path: string, query = ''): string {
  const route = routeOf(catalog, method, path, new URLSearchParams(query));
  if (typeof route === 'string') return route;
  return `${route.verb} ${route.definition.plural} ${route.namespace}/${route.name}/${route.subresource}`;
}

describe('a path is', () => {
  const slices = '/apis/discovery.k8s.io/v1';
  test.each<[string, string, string]>([
    ['GET', '/api/v1/nodes', 'list nodes //'],
    ['GET', '/api/v1/nodes/a', 'get nodes /a/'],
    ['GET', '/api/v1/pods', 'list pods //'],
    ['GET', '/api/v1/namespaces/x/pods', 'list pods x//'],
    ['POST', '/api/v1/namespaces/x/pods', 'create pods x//'],
    ['PUT', '/api/v1/namespaces/x/pods/p/status', 'update pods x/p/status'],
    ['PATCH', `${slices}/namespaces/x/endpointslices/s`, 'patch endpointslices x/s/'],
    ['DELETE', `${slices}/namespaces/x/endpointslices/s`, 'delete endpointslices x/s/'],
    ['DELETE', `${slices}/namespaces/x/endpointslices`, 'deletecollection endpointslices x//'],
    ['POST', '/api/v1/namespaces/x/pods/p/eviction', 'create pods x/p/eviction'],
    ['GET', '/api/v1/namespaces', 'list namespaces //'],
    ['GET', '/api/v1/namespaces/x', 'get namespaces /x/'],
    ['PATCH', '/api/v1/namespaces/x/status', 'patch namespaces /x/status'],
    ['GET', '/apis/example.com/v1/namespaces/x/drains/d', 'get drains x/d/'],
    ['GET', '//api/v1//nodes/', 'list nodes //'],
    ['GET', '/api/v1/nodes/a%2Fb', 'get nodes /a/b/'],
  ])('%s %s: %s', (method, path, expected) => {
    expect(shown(method, path)).toBe(expected);
  });
});

describe('a path is none of a resource', () => {
  test.each([
    '/',
    '/healthz',
    '/api',
    '/api/v1',
    '/apis/discovery.k8s.io/v1',
    '/api/v2/pods',
    '/api/v1/gateways',
    '/apis/v1/pods',
    '/api/v1/pods/p',
    '/api/v1/namespaces/x/nodes',
    '/api/v1/namespaces/x/pods/p/log',
    '/api/v1/namespaces/x/configmaps/c/status',
    '/api/v1/namespaces/x/services/s/eviction',
    '/api/v1/namespaces/x/pods/p/status/more',
    '/api/v1/namespaces/x/finalize',
  ])('%s', (path) => {
    expect(shown('GET', path)).toBe('not-found');
  });
});

describe('a method does not exist', () => {
  test.each([
    ['POST', '/api/v1/nodes/a'],
    ['PUT', '/api/v1/nodes'],
    ['PATCH', '/api/v1/nodes'],
    ['OPTIONS', '/api/v1/nodes'],
    ['DELETE', '/api/v1/nodes/a/status'],
    ['DELETE', '/api/v1/namespaces'],
    ['POST', '/api/v1/pods'],
    ['GET', '/api/v1/namespaces/x/pods/p/eviction'],
  ])('%s %s', (method, path) => {
    expect(shown(method, path)).toBe('method-not-allowed');
  });
});

describe('a watch is', () => {
  test.each([
    ['GET', '/api/v1/nodes', 'watch=true', 'watch nodes //'],
    ['GET', '/api/v1/nodes/a', 'watch', 'watch nodes /a/'],
    ['GET', '/api/v1/nodes', 'watch=false', 'list nodes //'],
    ['DELETE', '/api/v1/nodes', 'watch=true', 'deletecollection nodes //'],
  ])('%s %s?%s: %s', (method, path, query, expected) => {
    expect(shown(method, path, query)).toBe(expected);
  });
});

test.each<[string | null, boolean]>([
  [null, false],
  ['', true],
  ['1', true],
  ['true', true],
  ['0', false],
  ['false', false],
])('the boolean %j is %s', (value, expected) => {
  expect(isTrue(value)).toBe(expected);
});
