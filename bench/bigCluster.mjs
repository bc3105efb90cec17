// A cluster as large platforms have it, for benches of what works on all Services at once.
import { random } from './corpus.mjs';
import { makeNodes } from './slices.mjs';

const ZONES = ['eu-west-1a', 'eu-west-1b', 'eu-west-1c'];
const MODES = [
  'slicehints.io/balanced',
  'slicehints.io/balanced',
  'slicehints.io/balanced',
  'Auto',
  'Auto',
  'slicehints.io/same-zone',
  undefined,
];
const MODE_ANNOTATION = 'service.kubernetes.io/topology-mode';
const MOST_ENDPOINTS_A_SLICE = 100;

/**
 * Services with 1 to 300 endpoints, most of them small, in all modes; their endpoints are spread evenly, freely or
 * crowded into one zone; one in fifty is not ready.
 * @returns objects as `planCluster` takes them, with as many endpoints as asked for
 */
export function bigCluster({ nodes: nodeCount, services: serviceCount, endpoints: endpointCount, seed = 1 }) {
  const next = random(seed);
  const nodes = makeNodes(
    Array.from({ length: nodeCount }, (_, n) => ({
      zone: ZONES[n % 3],
      cpu: ['3920m', '7910m', '15890m'][(n % 7) % 3],
    })),
  );
  const weights = Array.from({ length: serviceCount }, () => 1 + 60 ** next());
  const total = weights.reduce((a, b) => a + b, 0);
  const sizes = weights.map((weight) => Math.max(1, Math.floor((weight / total) * endpointCount)));
  sizes[0] += endpointCount - sizes.reduce((a, b) => a + b, 0);
  const services = [];
  const endpointSlices = [];
  let address = 0;
  for (const [s, size] of sizes.entries()) {
    const namespace = `team-${String(s % 20).padStart(2, '0')}`;
    const name = `service-${String(s).padStart(3, '0')}`;
    const mode = MODES[s % MODES.length];
    services.push({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { namespace, name, ...(mode === undefined ? {} : { annotations: { [MODE_ANNOTATION]: mode } }) },
      spec: { type: 'ClusterIP', clusterIP: `10.96.${s >> 8}.${s & 255}`, selector: { app: name } },
    });
    const placement = ['even', 'even', 'free', 'crowded'][s % 4];
    const endpoints = Array.from({ length: size }, (_, i) => {
      const spread = placement === 'even' || (placement === 'crowded' && next() < 0.4);
      const node =
        nodes[
          spread
            ? (s + i) % nodes.length
            : placement === 'crowded'
              ? 3 * ((s + i) % Math.floor(nodes.length / 3))
              : Math.floor(next() * nodes.length)
        ];
      const ready = next() >= 0.02;
      const own = address++;
      return {
        addresses: [`10.${64 + (own >> 16)}.${(own >> 8) & 255}.${own & 255}`],
        conditions: { ready, serving: ready, terminating: false },
        nodeName: node.metadata.name,
        zone: node.metadata.labels['topology.kubernetes.io/zone'],
      };
    });
    for (let first = 0; first < size; first += MOST_ENDPOINTS_A_SLICE) {
      endpointSlices.push({
        apiVersion: 'discovery.k8s.io/v1',
        kind: 'EndpointSlice',
        metadata: {
          namespace,
          name: `${name}-${first / MOST_ENDPOINTS_A_SLICE}`,
          labels: {
            'kubernetes.io/service-name': name,
            'endpointslice.kubernetes.io/managed-by': 'slicehints.io/bench',
          },
        },
        addressType: 'IPv4',
        ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
        endpoints: endpoints.slice(first, first + MOST_ENDPOINTS_A_SLICE),
      });
    }
  }
  return { nodes, services, endpointSlices };
}
