// Nodes and EndpointSlices with everything that an API server sends, for benches that parse them.

export const ENDPOINTS_PER_SLICE = 100;

const pad = (n, width = 12) => n.toString(16).padStart(width, '0');
const uid = (n) => `5f1c${pad(n % 65_536, 4)}-9a3b-4c1d-8e2f-${pad(n)}`;

/**
 * Nodes with the usual labels, addresses, capacity, conditions and a few images, by name as an API server lists them.
 * @param places zone and allocatable CPU of each node
 */
export function makeNodes(places) {
  return places.map(({ zone, cpu = '3920m' }, n) => {
    const name = `ip-10-0-${100 + n}-17.eu-west-1.compute.internal`;
    return {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: {
        name,
        uid: uid(900_000 + n),
        resourceVersion: String(81_000 + n),
        creationTimestamp: '2026-01-04T08:00:00Z',
        labels: {
          'beta.kubernetes.io/arch': 'amd64',
          'beta.kubernetes.io/os': 'linux',
          'kubernetes.io/arch': 'amd64',
          'kubernetes.io/hostname': name,
          'kubernetes.io/os': 'linux',
          'node.kubernetes.io/instance-type': 'm6i.xlarge',
          'topology.kubernetes.io/region': 'eu-west-1',
          'topology.kubernetes.io/zone': zone,
        },
        annotations: { 'node.alpha.kubernetes.io/ttl': '0' },
      },
      spec: { podCIDR: `10.244.${n}.0/24`, providerID: `aws:///${zone}/i-0${pad(n)}` },
      status: {
        capacity: { cpu: '4', memory: '16105120Ki', pods: '58' },
        allocatable: { cpu, memory: '15088288Ki', pods: '58' },
        conditions: ['MemoryPressure', 'DiskPressure', 'PIDPressure', 'Ready'].map((type) => ({
          type,
          status: type === 'Ready' ? 'True' : 'False',
          lastHeartbeatTime: '2026-01-05T08:00:00Z',
          lastTransitionTime: '2026-01-04T08:01:00Z',
          reason: `Kubelet${type}`,
          message: 'as reported by the kubelet',
        })),
        addresses: [{ type: 'InternalIP', address: `10.0.${n}.17` }],
        images: Array.from({ length: 5 }, (_, k) => ({ names: [`registry.example/app-${k}:v1`], sizeBytes: 1e8 + k })),
      },
    };
  });
}

/** Endpoint number `i` of a Service, on this node, as the EndpointSlice controller writes it. */
export function makeEndpoint(i, node) {
  return {
    addresses: [`10.${64 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}`],
    conditions: { ready: true, serving: true, terminating: false },
    nodeName: node.metadata.name,
    targetRef: {
      kind: 'Pod',
      name: `checkout-7d9c6b5f4-${pad(i, 5)}`,
      namespace: 'shop',
      uid: uid(i),
    },
    zone: node.metadata.labels['topology.kubernetes.io/zone'],
  };
}

const SERVICE_UID = uid(1_000_000);

/** The entry that kube-controller-manager leaves on a slice that it creates. */
const CREATED = {
  apiVersion: 'discovery.k8s.io/v1',
  fieldsType: 'FieldsV1',
  fieldsV1: {
    'f:addressType': {},
    'f:endpoints': {},
    'f:metadata': {
      'f:annotations': { '.': {}, 'f:endpoints.kubernetes.io/last-change-trigger-time': {} },
      'f:generateName': {},
      'f:labels': {
        '.': {},
        'f:app': {},
        'f:endpointslice.kubernetes.io/managed-by': {},
        'f:kubernetes.io/service-name': {},
      },
      'f:ownerReferences': { '.': {}, [`k:{"uid":"${SERVICE_UID}"}`]: {} },
    },
    'f:ports': {},
  },
  manager: 'kube-controller-manager',
  operation: 'Update',
  time: '2026-01-05T08:00:00Z',
};

/** The entry that our patch leaves: the list of endpoints is one field, so it becomes ours. */
const HINTED = {
  apiVersion: 'discovery.k8s.io/v1',
  fieldsType: 'FieldsV1',
  fieldsV1: { 'f:endpoints': {}, 'f:metadata': { 'f:annotations': { 'f:slicehints.io/hints': {} } } },
  manager: 'slicehints',
  operation: 'Update',
  time: '2026-01-05T08:00:01Z',
};

/** The slices of a Service with these endpoints. `managedFields: false` leaves out who wrote what: less to parse. */
export function makeSlices(endpoints, { managedFields }) {
  const slices = [];
  for (let first = 0; first < endpoints.length; first += ENDPOINTS_PER_SLICE) {
    const s = first / ENDPOINTS_PER_SLICE;
    slices.push({
      addressType: 'IPv4',
      apiVersion: 'discovery.k8s.io/v1',
      endpoints: endpoints.slice(first, first + ENDPOINTS_PER_SLICE),
      kind: 'EndpointSlice',
      metadata: {
        annotations: { 'endpoints.kubernetes.io/last-change-trigger-time': '2026-01-05T08:00:00Z' },
        creationTimestamp: '2026-01-04T09:00:00Z',
        generateName: 'checkout-',
        generation: 12,
        labels: {
          app: 'checkout',
          'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
          'kubernetes.io/service-name': 'checkout',
        },
        ...(managedFields ? { managedFields: [CREATED] } : {}),
        name: `checkout-${pad(s, 5)}`,
        namespace: 'shop',
        ownerReferences: [
          {
            apiVersion: 'v1',
            blockOwnerDeletion: true,
            controller: true,
            kind: 'Service',
            name: 'checkout',
            uid: SERVICE_UID,
          },
        ],
        resourceVersion: String(90_000 + s),
        uid: uid(2_000_000 + s),
      },
      ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
    });
  }
  return slices;
}

/** The slices as they are once the plan has been written. */
export function written(slices, plan) {
  return slices.map((slice, s) => {
    const { managedFields, annotations } = slice.metadata;
    const metadata = {
      ...slice.metadata,
      annotations: { ...annotations, 'slicehints.io/hints': `v1-${slice.metadata.resourceVersion}` },
      ...(managedFields === undefined ? {} : { managedFields: [...managedFields, HINTED] }),
    };
    const endpoints = slice.endpoints.map((endpoint, i) => {
      const { addresses, conditions, ...rest } = endpoint;
      return { addresses, conditions, hints: plan.slices[s].endpoints[i].hints, ...rest };
    });
    return { ...slice, metadata, endpoints };
  });
}
