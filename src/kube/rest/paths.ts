/** URL paths of the API. Every name that goes into a path is encoded here, and only here. */

/** A collection: of one namespace, or of the whole cluster when `namespace` is undefined or empty. */
function collection(groupVersion: string, resource: string, namespace: string | undefined): string {
  const scope = namespace === undefined || namespace === '' ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  return `${groupVersion}${scope}/${resource}`;
}

const core = '/api/v1';

export function servicesPath(namespace?: string): string {
  return collection(core, 'services', namespace);
}

export function servicePath(namespace: string, name: string): string {
  return `${servicesPath(namespace)}/${encodeURIComponent(name)}`;
}

export function configMapsPath(namespace: string): string {
  return collection(core, 'configmaps', namespace);
}

export function configMapPath(namespace: string, name: string): string {
  return `${configMapsPath(namespace)}/${encodeURIComponent(name)}`;
}

export function namespacesPath(): string {
  return collection(core, 'namespaces', undefined);
}

const policyGroup = '/apis/slicehints.io/v1alpha1';

/** Discovery of the policies; 404 where their definitions are not installed. */
export function policyGroupPath(): string {
  return policyGroup;
}

export function clusterPoliciesPath(): string {
  return collection(policyGroup, 'clusterhintspolicies', undefined);
}

export function policiesPath(namespace?: string): string {
  return collection(policyGroup, 'hintspolicies', namespace);
}

export function nodesPath(): string {
  return collection(core, 'nodes', undefined);
}

export function eventsPath(namespace?: string): string {
  return collection(core, 'events', namespace);
}

export function eventPath(namespace: string, name: string): string {
  return `${eventsPath(namespace)}/${encodeURIComponent(name)}`;
}

export function slicesPath(namespace?: string): string {
  return collection('/apis/discovery.k8s.io/v1', 'endpointslices', namespace);
}

export function slicePath(namespace: string, name: string): string {
  return `${slicesPath(namespace)}/${encodeURIComponent(name)}`;
}

export function leasesPath(namespace?: string): string {
  return collection('/apis/coordination.k8s.io/v1', 'leases', namespace);
}

export function deploymentsPath(namespace?: string): string {
  return collection('/apis/apps/v1', 'deployments', namespace);
}

export function leasePath(namespace: string, name: string): string {
  return `${leasesPath(namespace)}/${encodeURIComponent(name)}`;
}

export function zoneDrainsPath(): string {
  return collection(policyGroup, 'zonedrains', undefined);
}

export function zoneDrainPath(name: string): string {
  return `${zoneDrainsPath()}/${encodeURIComponent(name)}`;
}
