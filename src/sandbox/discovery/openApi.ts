import type { Discovery } from './discovery.js';
import type { ResourceDefinition } from '../schema/resources.js';
import type { ObjectSchema, Schema } from '../schema/schema.js';
import { gitVersionOf, publishesNodeHints } from './kubernetesVersion.js';
import type { KubernetesVersion } from './kubernetesVersion.js';

/**
 * As much of OpenAPI as kubectl needs: it reads /openapi/v3 to learn whether the server validates fields itself
 * (`fieldValidation` on PATCH), and the schemas for `kubectl explain`.
 */
export function openApiIndex(groupVersions: readonly string[]): object {
  const paths = groupVersions.map((groupVersion) => pathOf(groupVersion));
  return {
    paths: Object.fromEntries(
      paths.map((path) => [path, { serverRelativeURL: `/openapi/v3/${path}?hash=slicehints` }]),
    ),
  };
}

function pathOf(groupVersion: string): string {
  return groupVersion.includes('/') ? `apis/${groupVersion}` : `api/${groupVersion}`;
}

function infoOf(version: KubernetesVersion): object {
  return { title: 'slicehints sandbox', version: gitVersionOf(version) };
}

const parameter = (name: string): object => ({ name, in: 'query', schema: { type: 'string', uniqueItems: true } });

/** GET /openapi/v3/<path>; undefined when nothing is served under it. */
export function openApiDocument(
  path: string,
  discovery: Pick<Discovery, 'groupVersions' | 'resources' | 'version'>,
): object | undefined {
  const { version } = discovery;
  const groupVersion = discovery.groupVersions().find((one) => pathOf(one) === path);
  if (groupVersion === undefined) return undefined;
  const own = discovery.resources(groupVersion);
  const root = `/${path}`;
  const schemas = own.map((one) => [schemaNameOf(one), kindSchema(one, version)] as const);
  return {
    openapi: '3.0.0',
    info: infoOf(version),
    paths: Object.fromEntries(
      own.map((one) => [
        `${root}${one.namespaced ? '/namespaces/{namespace}' : ''}/${one.plural}/{name}`,
        {
          patch: {
            description: `partially update the specified ${one.kind}`,
            operationId: `patch${one.kind}`,
            parameters: [
              parameter('dryRun'),
              parameter('fieldManager'),
              parameter('fieldValidation'),
              parameter('force'),
            ],
            responses: { '200': { description: 'OK' } },
            'x-kubernetes-action': 'patch',
            'x-kubernetes-group-version-kind': gvkOf(one),
          },
        },
      ]),
    ),
    components: { schemas: Object.fromEntries(schemas) },
  };
}

function gvkOf({ group, kind, version }: ResourceDefinition): object {
  return { group, kind, version };
}

/** The name of a schema as the real API has it, e.g. io.k8s.api.discovery.v1.EndpointSlice. */
function schemaNameOf({ group, kind, version, custom }: ResourceDefinition): string {
  if (custom !== undefined) return `${group.split('.').reverse().join('.')}.${version}.${kind}`;
  return `io.k8s.api.${group === '' ? 'core' : (group.split('.')[0] ?? '')}.${version}.${kind}`;
}

function kindSchema(definition: ResourceDefinition, version: KubernetesVersion): object {
  if (definition.custom !== undefined)
    return { ...definition.custom.openApi, 'x-kubernetes-group-version-kind': [gvkOf(definition)] };
  const skipped = publishesNodeHints(version) ? [] : ['forNodes'];
  return {
    description: `${definition.kind} as the sandbox serves it. The sandbox has the fields without their descriptions; see the Kubernetes API reference.`,
    ...objectSchema(definition.schema, skipped),
    'x-kubernetes-group-version-kind': [gvkOf(definition)],
  };
}

function objectSchema(schema: ObjectSchema, skipped: readonly string[]): object {
  const fields = [...schema.fields].filter(([name]) => !skipped.includes(name));
  return {
    type: 'object',
    properties: Object.fromEntries(fields.map(([name, field]) => [name, openApiSchema(field, skipped)])),
    ...(schema.open ? { 'x-kubernetes-preserve-unknown-fields': true } : {}),
  };
}

function openApiSchema(schema: Schema, skipped: readonly string[]): object {
  switch (schema.type) {
    case 'object':
      return objectSchema(schema, skipped);
    case 'map':
      return { type: 'object', additionalProperties: openApiSchema(schema.values, skipped) };
    case 'list':
      return { type: 'array', items: openApiSchema(schema.items, skipped) };
    case 'integer':
      return { type: 'integer', format: 'int32' };
    case 'time':
    case 'microTime':
      return { type: 'string', format: 'date-time' };
    case 'intOrString':
      return { 'x-kubernetes-int-or-string': true };
    case 'any':
      return { 'x-kubernetes-preserve-unknown-fields': true };
    case 'string':
    case 'boolean':
      return { type: schema.type };
  }
}

/** GET /openapi/v2 as JSON, for clients that do not use v3. */
export function openApiV2(version: KubernetesVersion): object {
  return { swagger: '2.0', info: infoOf(version), paths: {}, definitions: {} };
}
