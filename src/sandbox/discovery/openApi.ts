import { groupVersionOf, resourceDefinitions } from '../schema/resources.js';
import { versionInfo } from './discovery.js';

/**
 * As much of OpenAPI as kubectl needs: it looks up in /openapi/v3 whether the server validates fields itself
 * (`fieldValidation` on PATCH) and then leaves the check of manifests to the server.
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

const info = { title: 'slicehints sandbox', version: versionInfo.gitVersion };
const parameter = (name: string): object => ({ name, in: 'query', schema: { type: 'string', uniqueItems: true } });

/** GET /openapi/v3/<path>; undefined when nothing is served under it. */
export function openApiDocument(path: string, groupVersions: readonly string[]): object | undefined {
  const groupVersion = groupVersions.find((one) => pathOf(one) === path);
  if (groupVersion === undefined) return undefined;
  const own = resourceDefinitions.filter((one) => groupVersionOf(one) === groupVersion);
  const root = `/${path}`;
  return {
    openapi: '3.0.0',
    info,
    paths: Object.fromEntries(
      own.map((one) => [
        `${root}${one.namespaced ? '/namespaces/{namespace}' : ''}/${one.resource}/{name}`,
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
            'x-kubernetes-group-version-kind': { group: one.group, kind: one.kind, version: one.version },
          },
        },
      ]),
    ),
    components: { schemas: {} },
  };
}

/** GET /openapi/v2 as JSON, for clients that know no v3. */
export function openApiV2(): object {
  return { swagger: '2.0', info, paths: {}, definitions: {} };
}
