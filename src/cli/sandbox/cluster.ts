import { listAt, omit } from '../../sandbox/schema/kubeObject.js';
import type { KubeObject } from '../../sandbox/schema/kubeObject.js';
import type { ObjectStore } from '../../sandbox/storage/store.js';
import { ownerOf, type PodTemplate } from '../../sandbox/workload/deployment.js';
import type { ClusterManifests } from '../input/manifests.js';

/** What a server sets: manifests from `kubectl get -o yaml` have the values of another cluster. */
const SERVER_FIELDS = [
  'resourceVersion',
  'uid',
  'creationTimestamp',
  'generation',
  'managedFields',
  'selfLink',
  'ownerReferences',
];

function fresh(object: object): Record<string, unknown> {
  const copy = structuredClone(object) as Record<string, unknown>;
  // The owner of a Pod is known by its name; uids are those of another cluster.
  const keepsOwner = copy['kind'] === 'Pod';
  const dropped = SERVER_FIELDS.filter((field) => field !== 'ownerReferences' || !keepsOwner);
  return { ...copy, metadata: omit((copy['metadata'] ?? {}) as Record<string, unknown>, ...dropped) };
}

/**
 * Puts manifests into the stand-in server, with the namespaces that they need; also objects that a plan does not look
 * at, Pods for example, where the server serves their kind.
 * @returns what controls the Pods that a ReplicaSet owns; a Pod without an owner is not replaced
 */
export function loadCluster(store: ObjectStore, manifests: ClusterManifests): DeploymentSpec[] {
  const services = manifests.services.map(({ object }) => fresh(object));
  const slices = manifests.endpointSlices.map(({ object }) => fresh(object));
  const named = [...manifests.namespaces, ...manifests.policies, ...manifests.drains].map(({ object }) => object);
  const others = [...named, ...manifests.others.map(({ object }) => object)].flatMap((object) => {
    const { apiVersion = '', kind = '' } = object as { readonly apiVersion?: string; readonly kind?: string };
    const definition = store.catalog.ofKind(apiVersion, kind);
    return definition === undefined
      ? []
      : [{ resource: definition.resource, object: inNamespace(fresh(object), definition.namespaced) }];
  });
  const namespaced = others.filter(({ object }) => object.metadata.namespace !== undefined).map(({ object }) => object);
  const namespaces = new Set(
    [...services, ...slices, ...namespaced].map((object) =>
      String((object['metadata'] as Record<string, unknown>)['namespace']),
    ),
  );
  for (const name of [...namespaces].sort()) {
    if (store.get('namespaces', '', name) === undefined) {
      store.write('namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    }
  }
  for (const { object } of manifests.nodes) store.write('nodes', fresh(object) as never);
  for (const service of services) store.write('services', service as never);
  for (const slice of slices) store.write('endpointslices', slice as never);
  for (const { resource, object } of others) store.write(resource, object);
  return deploymentsOf(others.filter(({ resource }) => resource === 'pods').map(({ object }) => object));
}

/** A ReplicaSet and what its Pods are like. */
export interface DeploymentSpec {
  readonly namespace: string;
  readonly replicaSet: string;
  readonly replicas: number;
  readonly template: PodTemplate;
}

function deploymentsOf(pods: readonly KubeObject[]): DeploymentSpec[] {
  const specs = new Map<string, DeploymentSpec>();
  for (const pod of pods) {
    const replicaSet = ownerOf(pod);
    if (replicaSet === '') continue;
    const { namespace = '', labels = {} } = pod.metadata;
    const key = `${namespace}/${replicaSet}`;
    const template = { labels, containers: listAt(pod, 'spec', 'containers') };
    specs.set(key, { namespace, replicaSet, template, replicas: (specs.get(key)?.replicas ?? 0) + 1 });
  }
  return [...specs.values()];
}

function inNamespace(object: Record<string, unknown>, namespaced: boolean): KubeObject {
  const { namespace = 'default', ...metadata } = object['metadata'] as KubeObject['metadata'];
  return { ...object, metadata: namespaced ? { ...metadata, namespace } : metadata };
}
