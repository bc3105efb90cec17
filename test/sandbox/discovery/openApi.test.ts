import { describe, expect, test } from 'vitest';
import { Discovery } from '../../../src/sandbox/discovery/discovery.js';
import { openApiDocument, openApiIndex, openApiV2 } from '../../../src/sandbox/discovery/openApi.js';
import { ResourceCatalog } from '../../../src/sandbox/schema/resourceCatalog.js';
import { valueAt } from '../../../src/sandbox/schema/kubeObject.js';
import { drains } from '../schema/custom/drains.js';

const catalog = new ResourceCatalog();
catalog.set(drains);
const discovery = new Discovery(catalog);

const schemaOf = (path: string, name: string, from = discovery): unknown =>
  valueAt(openApiDocument(path, from), 'components', 'schemas', name);

const fieldOf = (schema: unknown, ...path: string[]): unknown =>
  path.reduce<unknown>((at, name) => (name === '[]' ? valueAt(at, 'items') : valueAt(at, 'properties', name)), schema);

test('the index names a document for each group and version', () => {
  expect(openApiIndex(['v1', 'discovery.k8s.io/v1'])).toEqual({
    paths: {
      'api/v1': { serverRelativeURL: '/openapi/v3/api/v1?hash=slicehints' },
      'apis/discovery.k8s.io/v1': { serverRelativeURL: '/openapi/v3/apis/discovery.k8s.io/v1?hash=slicehints' },
    },
  });
});

test.each(['api/v2', 'apis/v1', 'v1', 'apis/none/v1'])('%s has no document', (path) => {
  expect(openApiDocument(path, discovery)).toBeUndefined();
});

describe('a document', () => {
  test('has the paths that are patched, with the parameter from which kubectl learns that fields are validated', () => {
    const paths = valueAt(openApiDocument('api/v1', discovery), 'paths') as Record<string, { patch: { parameters: { name: string }[] } }>; // prettier-ignore
    expect(paths['/api/v1/nodes/{name}']).toMatchObject({ patch: { 'x-kubernetes-group-version-kind': { group: '', version: 'v1', kind: 'Node' } } }); // prettier-ignore
    const { parameters } = paths['/api/v1/namespaces/{namespace}/pods/{name}']?.patch ?? { parameters: [] };
    expect(parameters.map(({ name }) => name)).toContain('fieldValidation');
  });

  const service = schemaOf('api/v1', 'io.k8s.api.core.v1.Service');
  const slice = schemaOf('apis/discovery.k8s.io/v1', 'io.k8s.api.discovery.v1.EndpointSlice');
  test.each<[string, unknown, object]>([
    ['a text', fieldOf(service, 'spec', 'type'), { type: 'string' }],
    ['a number', fieldOf(service, 'spec', 'ports', '[]', 'port'), { type: 'integer', format: 'int32' }],
    ['a number or a text', fieldOf(service, 'spec', 'ports', '[]', 'targetPort'), { 'x-kubernetes-int-or-string': true }],
    ['a map', fieldOf(service, 'spec', 'selector'), { type: 'object', additionalProperties: { type: 'string' } }],
    ['a flag', fieldOf(slice, 'endpoints', '[]', 'conditions', 'ready'), { type: 'boolean' }],
    ['a time', fieldOf(slice, 'metadata', 'creationTimestamp'), { type: 'string', format: 'date-time' }],
    ['anything', fieldOf(slice, 'metadata', 'managedFields', '[]'), { 'x-kubernetes-preserve-unknown-fields': true }],
    ['an open object', fieldOf(schemaOf('api/v1', 'io.k8s.api.core.v1.Pod'), 'spec'), { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }],
    ['a closed object', fieldOf(service, 'spec'), expect.not.objectContaining({ 'x-kubernetes-preserve-unknown-fields': true }) as object],
  ])('describes %s', (_, field, expected) => {
    expect(field).toMatchObject(expected);
  }); // prettier-ignore

  test('has the schema of a custom resource as it is published', () => {
    expect(schemaOf('apis/example.com/v1', 'com.example.v1.Drain')).toEqual({
      ...drains.custom?.openApi,
      'x-kubernetes-group-version-kind': [{ group: 'example.com', version: 'v1', kind: 'Drain' }],
    });
  });

  test('has hints for nodes only from the version on that publishes them', () => {
    const hintsOf = (minor: number): unknown =>
      fieldOf(
        schemaOf('apis/discovery.k8s.io/v1', 'io.k8s.api.discovery.v1.EndpointSlice', new Discovery(catalog, { minor, patch: 0 })), // prettier-ignore
        'endpoints',
        '[]',
        'hints',
      );
    expect(fieldOf(hintsOf(36), 'forNodes')).toBeDefined();
    expect(fieldOf(hintsOf(30), 'forNodes')).toBeUndefined();
    expect(fieldOf(hintsOf(30), 'forZones')).toBeDefined();
  });
});

test('version 2 names the version of the server', () => {
  expect(openApiV2({ minor: 33, patch: 4 })).toMatchObject({ swagger: '2.0', info: { version: 'v1.33.4' } });
});
