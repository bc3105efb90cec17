import { describe, expect, test } from 'vitest';
import { Discovery } from '../../../src/sandbox/discovery/discovery.js';
import { ResourceCatalog } from '../../../src/sandbox/schema/resourceCatalog.js';
import { PlainPaths } from '../../../src/sandbox/server/plainPaths.js';
import { Sent, requestOf } from '../http.js';

const paths = new PlainPaths(new Discovery(new ResourceCatalog()));

function get(path: string, accept?: string): Sent {
  const sent = new Sent();
  paths.handle(requestOf([], undefined, accept === undefined ? {} : { accept }), sent.response, new URL(path, 'http://a'));
  return sent;
} // prettier-ignore

const typeOf = (sent: Sent): unknown => (sent.sentHeaders as { 'content-type': unknown })['content-type'];

describe('a path', () => {
  test.each<[string, object]>([
    ['/version', { major: '1', minor: '36' }],
    ['/', { paths: ['/api', '/apis', '/healthz', '/livez', '/openapi/v2', '/openapi/v3', '/readyz', '/version'] }],
    ['/api', { kind: 'APIVersions' }],
    ['/api/', { kind: 'APIVersions' }],
    ['/apis', { kind: 'APIGroupList' }],
    ['/api/v1', { kind: 'APIResourceList', groupVersion: 'v1' }],
    ['/apis/discovery.k8s.io', { kind: 'APIGroup', name: 'discovery.k8s.io' }],
    ['/apis/discovery.k8s.io/v1', { kind: 'APIResourceList', groupVersion: 'discovery.k8s.io/v1' }],
    ['/openapi/v2', { swagger: '2.0' }],
    ['/openapi/v3', { paths: { 'api/v1': { serverRelativeURL: '/openapi/v3/api/v1?hash=slicehints' } } }],
    ['/openapi/v3/api/v1', { openapi: '3.0.0' }],
  ])('%s has a document', (path, expected) => {
    const sent = get(path);
    expect([sent.status, typeOf(sent)]).toEqual([200, 'application/json']);
    expect(JSON.parse(sent.text)).toMatchObject(expected);
  });

  test.each(['/nope', '/api/v2', '/apis/none', '/apis/discovery.k8s.io/v2', '/openapi/v3/api/v2', '/api/v1/x', '/apis/a/b/c', '/apis/discovery.k8s.io/v1/x'])('%s has none', (path) => {
    expect([get(path).status, get(path).text]).toEqual([404, '404 page not found\n']);
  }); // prettier-ignore

  test.each([
    ['/healthz', 'ok'],
    ['/livez?verbose', '[+]ping ok\nlivez check passed\n'],
    ['/readyz/', 'ok'],
  ])('%s is healthy', (path, text) => {
    expect([get(path).status, get(path).text]).toEqual([200, text]);
  });
});

describe('discovery in one document', () => {
  const wanted = (version: string): string => `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`; // prettier-ignore
  test.each([
    [wanted('v2'), 'apidiscovery.k8s.io/v2'],
    [wanted('v2beta1'), 'apidiscovery.k8s.io/v2beta1'],
    [`application/yaml, ${wanted('v2')}, application/json`, 'apidiscovery.k8s.io/v2'],
  ])('is asked for by %s', (accept, apiVersion) => {
    const sent = get('/api', accept);
    expect(typeOf(sent)).toBe(wanted(apiVersion.split('/')[1] ?? ''));
    expect(JSON.parse(sent.text)).toMatchObject({ kind: 'APIGroupDiscoveryList', apiVersion, items: [{ metadata: {} }] });
  }); // prettier-ignore

  test.each([`application/json, ${wanted('v2')}`, wanted('v3'), wanted('v2').replace('apidiscovery', 'other'), wanted('v2').replace('APIGroupDiscoveryList', 'Table'), '*/*', ''])('is not by %s', (accept) => {
    expect(JSON.parse(get('/apis', accept).text)).toMatchObject({ kind: 'APIGroupList' });
  }); // prettier-ignore

  test('has the groups under /apis', () => {
    const { items } = JSON.parse(get('/apis', wanted('v2')).text) as { items: { metadata: { name: string } }[] };
    expect(items.map(({ metadata }) => metadata.name)).toContain('discovery.k8s.io');
  });
});

test('OpenAPI v2 comes as protobuf to a client that asks for it', () => {
  const sent = get('/openapi/v2', 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf');
  expect(typeOf(sent)).toContain('protobuf');
  expect(sent.text).toContain('fieldValidation');
});
