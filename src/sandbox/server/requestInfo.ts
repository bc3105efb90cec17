import type { ResourceCatalog } from '../schema/resourceCatalog.js';
import type { ResourceDefinition } from '../schema/resources.js';

/** The verbs of the API, as RBAC and audit name them. */
export type Verb = 'create' | 'delete' | 'deletecollection' | 'get' | 'list' | 'patch' | 'update' | 'watch';

/** What a request to a resource asks for. */
export interface ResourceRequest {
  readonly definition: ResourceDefinition;
  readonly verb: Verb;
  /** '' for cluster-wide resources and for all namespaces. */
  readonly namespace: string;
  /** '' for the collection. */
  readonly name: string;
  /** '', `status` or, of Pods, `eviction`. */
  readonly subresource: string;
}

const verbsByMethod: ReadonlyMap<string, readonly [onObject: Verb, onCollection: Verb | undefined]> = new Map(
  Object.entries<readonly [Verb, Verb | undefined]>({
    GET: ['get', 'list'],
    POST: ['create', 'create'],
    PUT: ['update', undefined],
    PATCH: ['patch', undefined],
    DELETE: ['delete', 'deletecollection'],
  }),
);

/** What became of a path: a resource, a resource whose method does not exist, or none of the API's resources. */
export type Route = ResourceRequest | 'method-not-allowed' | 'not-found';

/** Reads the method, path and query of a request. */
export function routeOf(catalog: ResourceCatalog, method: string, path: string, query: URLSearchParams): Route {
  const steps = path
    .split('/')
    .filter((step) => step !== '')
    .map(decodeURIComponent);
  const core = steps[0] === 'api';
  if (!core && steps[0] !== 'apis') return 'not-found';
  const group = core ? '' : (steps[1] ?? '');
  const version = steps[core ? 1 : 2] ?? '';
  let rest = steps.slice(core ? 2 : 3);
  let namespace = '';
  // /namespaces/x and /namespaces/x/status are the namespace itself; one step more is a resource in it.
  if (rest[0] === 'namespaces' && rest.length > 2 && !(core && ['status', 'finalize'].includes(rest[2] ?? ''))) {
    namespace = rest[1] ?? '';
    rest = rest.slice(2);
  }
  const [resource = '', name = '', subresource = '', ...more] = rest;
  const definition = catalog.find(group, version, resource);
  if (definition === undefined || more.length > 0) return 'not-found';
  if (definition.namespaced ? namespace === '' && name !== '' : namespace !== '') return 'not-found';
  const eviction = subresource === 'eviction' && definition.resource === 'pods';
  if (subresource !== '' && !eviction && !(subresource === 'status' && definition.statusSubresource))
    return 'not-found';
  if (eviction) return evictionOf(method, definition, namespace, name);
  const verbs = verbsByMethod.get(method);
  const verb = name === '' ? verbs?.[1] : verbs?.[0];
  if (verb === undefined || (verb === 'create' && name !== '') || (verb === 'delete' && subresource !== '')) {
    return 'method-not-allowed';
  }
  if (verb === 'deletecollection' && !definition.deleteCollection) return 'method-not-allowed';
  if (verb === 'create' && definition.namespaced && namespace === '') return 'method-not-allowed';
  const watches = (verb === 'list' || verb === 'get') && isTrue(query.get('watch'));
  return { definition, verb: watches ? 'watch' : verb, namespace, name, subresource };
}

function evictionOf(method: string, definition: ResourceDefinition, namespace: string, name: string): Route {
  if (method !== 'POST') return 'method-not-allowed';
  return { definition, verb: 'create', namespace, name, subresource: 'eviction' };
}

/** A boolean of a query as the API server reads it: given without a value is true. */
export function isTrue(value: string | null): boolean {
  return value !== null && value !== 'false' && value !== '0';
}
