import { ZONE_LABEL } from '../../../model/node.js';
import { SERVICE_NAME_LABEL, MANAGED_BY_LABEL } from '../../../model/slice.js';
import type { KubeObject } from '../../../sandbox/schema/kubeObject.js';
import type { ObjectStore } from '../../../sandbox/storage/store.js';
import { podStatus } from '../../../sandbox/workload/deployment.js';
import { NAMESPACE, TOPOLOGY_MODE, type StoryCluster, type StoryService } from './story.js';

/** The ReplicaSet of the Pods that a story starts with. */
export function firstReplicaSet(service: string): string {
  return `${service}-first`;
}

export function nodeObject(name: string, zone: string | undefined): KubeObject {
  const labels = { 'kubernetes.io/hostname': name, ...(zone === undefined ? {} : { [ZONE_LABEL]: zone }) };
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels },
    status: { allocatable: { cpu: '4' }, conditions: [{ type: 'Ready', status: 'True' }] },
  };
}

export const CONTAINERS = [
  {
    name: 'app',
    image: 'registry.example.com/app:1',
    ports: [{ name: 'http', containerPort: 8080 }],
  },
] as const;

/** Puts nodes, Services, Pods and, where in-tree does not make them, slices into the server. */
export function loadStoryCluster(store: ObjectStore, cluster: StoryCluster): void {
  store.write('namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } });
  const counts = new Map<string, number>();
  const nodesOf = new Map<string, string[]>();
  for (const zone of cluster.nodes) {
    const number = (counts.get(zone) ?? 0) + 1;
    counts.set(zone, number);
    const name = `node-${zone}${number}`;
    nodesOf.set(zone, [...(nodesOf.get(zone) ?? []), name]);
    store.write('nodes', nodeObject(name, zone));
  }
  cluster.services.forEach((service, index) => {
    store.write('services', serviceObject(service));
    const endpoints = [...service.pods].map((zone, i) => {
      const nodes = nodesOf.get(zone) ?? [];
      return { zone, node: nodes[i % Math.max(1, nodes.length)] ?? '', address: `10.244.${index}.${i + 1}` };
    });
    if (service.managedBy !== undefined) store.write('endpointslices', sliceObject(service, endpoints));
    else endpoints.forEach((endpoint, i) => store.write('pods', podObject(service, i, endpoint)));
  });
}

interface Place {
  readonly zone: string;
  readonly node: string;
  readonly address: string;
}

function serviceObject({ name, mode, managedBy }: StoryService): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: NAMESPACE, ...(mode === undefined ? {} : { annotations: { [TOPOLOGY_MODE]: mode } }) },
    spec: {
      ...(managedBy === undefined ? { selector: { app: name } } : {}),
      ports: [{ name: 'http', port: 80, protocol: 'TCP', targetPort: 8080 }],
    },
  };
}

function podObject({ name }: StoryService, index: number, { node, address }: Place): KubeObject {
  const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: firstReplicaSet(name), uid: name, controller: true };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `${firstReplicaSet(name)}-${index + 1}`,
      namespace: NAMESPACE,
      labels: { app: name },
      ownerReferences: [owner],
    },
    spec: { nodeName: node, containers: CONTAINERS },
    status: podStatus(address, CONTAINERS, true),
  };
}

function sliceObject({ name, managedBy = '' }: StoryService, endpoints: readonly Place[]): KubeObject {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: `${name}-1`,
      namespace: NAMESPACE,
      labels: { [SERVICE_NAME_LABEL]: name, [MANAGED_BY_LABEL]: managedBy },
    },
    addressType: 'IPv4',
    ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
    endpoints: endpoints.map(({ zone, node, address }) => ({
      addresses: [address],
      conditions: { ready: true },
      nodeName: node,
      zone,
    })),
  };
}
