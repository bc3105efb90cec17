// A cluster of any size, object by object, as kube-apiserver sends them: nodes of about 15 KB with 50 images and managed
// fields, Services that ask for Auto, and for each of them one slice of which another controller than in-tree is manager.
import { createHash } from 'node:crypto';

export const POOL_LABEL = 'example.com/pool';
export const ZONES = ['eu-1a', 'eu-1b', 'eu-1c'];
const TIME = '2026-11-01T10:00:00Z';
const hash = (text) => createHash('sha256').update(text).digest('hex');
const uid = (text) => hash(text).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');

/** The heartbeat times stand as this mark, to be replaced without parsing. */
export const HEARTBEAT_MARK = '2026-11-01T00:00:00Z';
/** The version likewise. */
export const VERSION_MARK = '"resourceVersion":"0"';

export function node(i) {
  const name = `ip-10-${(i >> 8) & 255}-${i & 255}-7.eu-1.compute.internal`;
  const zone = ZONES[i % ZONES.length];
  const condition = (type, status, reason) => ({
    type,
    status,
    reason,
    message: `kubelet has ${reason}`,
    lastHeartbeatTime: HEARTBEAT_MARK,
    lastTransitionTime: TIME,
  });
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      uid: uid(name),
      resourceVersion: '0',
      creationTimestamp: TIME,
      labels: {
        'beta.kubernetes.io/arch': 'amd64',
        'kubernetes.io/arch': 'amd64',
        'kubernetes.io/os': 'linux',
        'kubernetes.io/hostname': name,
        'node.kubernetes.io/instance-type': 'm7.2xlarge',
        'topology.kubernetes.io/region': 'eu-1',
        'topology.kubernetes.io/zone': zone,
        [POOL_LABEL]: `pool-${i % 40}`,
      },
      annotations: { 'node.alpha.kubernetes.io/ttl': '0', 'csi.volume.kubernetes.io/nodeid': hash(`csi${name}`) },
      managedFields: ['kube-controller-manager', 'kubelet'].map((manager) => ({
        manager,
        operation: 'Update',
        apiVersion: 'v1',
        time: TIME,
        fieldsType: 'FieldsV1',
        fieldsV1: Object.fromEntries(
          ['f:metadata', 'f:spec', 'f:status'].map((field) => [
            field,
            Object.fromEntries(Array.from({ length: 12 }, (_, k) => [`f:field-${k}`, { '.': {}, 'f:value': {} }])),
          ]),
        ),
      })),
    },
    spec: { podCIDR: `10.${i & 255}.0.0/24`, providerID: `example:///${zone}/i-${hash(name).slice(0, 17)}` },
    status: {
      capacity: { cpu: '8', memory: '32Gi', pods: '110', 'ephemeral-storage': '100Gi' },
      allocatable: { cpu: '7910m', memory: '30Gi', pods: '110', 'ephemeral-storage': '90Gi' },
      conditions: [
        condition('MemoryPressure', 'False', 'KubeletHasSufficientMemory'),
        condition('DiskPressure', 'False', 'KubeletHasNoDiskPressure'),
        condition('PIDPressure', 'False', 'KubeletHasSufficientPID'),
        condition('Ready', 'True', 'KubeletReady'),
      ],
      addresses: [
        { type: 'InternalIP', address: `10.${(i >> 8) & 255}.${i & 255}.7` },
        { type: 'Hostname', address: name },
      ],
      nodeInfo: { kubeletVersion: 'v1.36.2', osImage: 'Linux', kernelVersion: '6.12.0', architecture: 'amd64' },
      images: Array.from({ length: 50 }, (_, k) => ({
        names: [
          `registry.example.com/team-${k % 9}/service-${(i + k) % 700}@sha256:${hash(`${i}/${k}`)}`,
          `registry.example.com/team-${k % 9}/service-${(i + k) % 700}:v1.${k}.${i % 30}`,
        ],
        sizeBytes: 100_000_000 + i * 1000 + k,
      })),
    },
  };
}

/** @param clients the names of Services of the same namespace that call it */
export function service(i, clients = []) {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: `service-${i}`,
      namespace: `team-${i % 100}`,
      uid: uid(`service-${i}`),
      resourceVersion: '0',
      creationTimestamp: TIME,
      labels: { app: `service-${i}`, team: `team-${i % 100}` },
      annotations: {
        'service.kubernetes.io/topology-mode': 'Auto',
        ...(clients.length === 0 ? {} : { 'slicehints.io/clients': clients.join(',') }),
      },
    },
    spec: {
      type: 'ClusterIP',
      clusterIP: `10.96.${(i >> 8) & 255}.${i & 255}`,
      clusterIPs: [`10.96.${(i >> 8) & 255}.${i & 255}`],
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'SingleStack',
      internalTrafficPolicy: 'Cluster',
      ports: [{ name: 'http', port: 80, protocol: 'TCP', targetPort: 8080 }],
      sessionAffinity: 'None',
    },
    status: { loadBalancer: {} },
  };
}

/** One endpoint: `serial` makes its address and pod new. */
export function endpoint(i, k, serial, nodes) {
  const at = (i * 7 + k) % nodes;
  const host = `ip-10-${(at >> 8) & 255}-${at & 255}-7.eu-1.compute.internal`;
  const pod = `service-${i}-${hash(`${serial}`).slice(0, 10)}`;
  return {
    addresses: [`10.${(serial >> 16) & 255}.${(serial >> 8) & 255}.${serial & 255}`],
    conditions: { ready: true, serving: true, terminating: false },
    nodeName: host,
    zone: ZONES[at % ZONES.length],
    targetRef: { kind: 'Pod', namespace: `team-${i % 100}`, name: pod, uid: uid(pod) },
  };
}

export function slice(i, count, nodes) {
  const name = `service-${i}`;
  return {
    addressType: 'IPv4',
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: `${name}-x7k2p`,
      namespace: `team-${i % 100}`,
      uid: uid(`slice-${i}`),
      resourceVersion: '0',
      generation: 1,
      creationTimestamp: TIME,
      labels: {
        app: name,
        'kubernetes.io/service-name': name,
        'endpointslice.kubernetes.io/managed-by': 'mesh.example.com',
      },
      annotations: { 'endpoints.kubernetes.io/last-change-trigger-time': TIME },
      ownerReferences: [
        { apiVersion: 'v1', kind: 'Service', name, uid: uid(name), controller: true, blockOwnerDeletion: true },
      ],
      managedFields: [
        {
          manager: 'mesh',
          operation: 'Update',
          apiVersion: 'discovery.k8s.io/v1',
          time: TIME,
          fieldsType: 'FieldsV1',
          fieldsV1: { 'f:addressType': {}, 'f:endpoints': {}, 'f:ports': {} },
        },
      ],
    },
    endpoints: Array.from({ length: count }, (_, k) => endpoint(i, k, i * count + k, nodes)),
    ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
  };
}

/** A Service whose plan is as expensive as they come, in a namespace of its own, and its slice. */
export function expensive(i, nodes) {
  const objects = { service: service(i), slice: slice(i, 1000, nodes) };
  for (const { metadata } of Object.values(objects)) metadata.namespace = 'expensive';
  objects.service.metadata.annotations = {
    'slicehints.io/topology-keys': `kubernetes.io/hostname,${POOL_LABEL},topology.kubernetes.io/zone,*`,
  };
  return objects;
}
