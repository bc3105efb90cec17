// Planning beside parsing: what does a decision cost on top of reading the slices it is made from? Run by
// `npm run bench:plan`; both sides are timed in turns in one process, so that a slow moment hits both.
import { planService } from '../dist/index.js';

const SIZES = [10, 100, 1_000, 10_000];
/** Medians in µs of k8s.io/endpointslice topologycache.AddHints (Kubernetes 1.36, Go), taken on a machine like ours. */
const UPSTREAM_GO = { 10: 7.7, 100: 39, 1_000: 235, 10_000: 2_200 };
const ZONES = ['eu-west-1a', 'eu-west-1b', 'eu-west-1c'];
const ENDPOINTS_PER_SLICE = 100;
/** Small inputs are taken many at a time: the clock is too coarse for one. */
const MICROSECONDS_PER_READING = 1_000;
const WARM_UP_MS = 1_500;
const MEASURE_MS = 2_500;

const pad = (n, width = 12) => n.toString(16).padStart(width, '0');
const uid = (n) => `5f1c${pad(n % 65_536, 4)}-9a3b-4c1d-8e2f-${pad(n)}`;

/** Nodes with the usual labels, addresses, capacity, conditions and a few images. */
function makeNodes(count) {
  return Array.from({ length: count }, (_, n) => {
    const name = `ip-10-0-${n}-17.eu-west-1.compute.internal`;
    const zone = ZONES[n % ZONES.length];
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
        allocatable: { cpu: '3920m', memory: '15088288Ki', pods: '58' },
        conditions: ['MemoryPressure', 'DiskPressure', 'PIDPressure', 'Ready'].map((type) => ({
          type,
          status: type === 'Ready' ? 'True' : 'False',
          lastHeartbeatTime: '2026-01-05T08:00:00Z',
          lastTransitionTime: '2026-01-04T08:01:00Z',
          reason: `Kubelet${type}`,
          message: 'as reported by the kubelet',
        })),
        addresses: [{ type: 'InternalIP', address: `10.0.${n}.17` }],
        images: Array.from({ length: 5 }, (__, k) => ({ names: [`registry.example/app-${k}:v1`], sizeBytes: 1e8 + k })),
      },
    };
  });
}

/** The text of an EndpointSliceList as an API server sends it. */
function makeSlices(count, nodes) {
  const slices = [];
  for (let first = 0; first < count; first += ENDPOINTS_PER_SLICE) {
    const length = Math.min(ENDPOINTS_PER_SLICE, count - first);
    const s = first / ENDPOINTS_PER_SLICE;
    slices.push({
      addressType: 'IPv4',
      apiVersion: 'discovery.k8s.io/v1',
      endpoints: Array.from({ length }, (_, k) => {
        const i = first + k;
        const node = nodes[i % nodes.length];
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
      }),
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
        name: `checkout-${pad(s, 5)}`,
        namespace: 'shop',
        ownerReferences: [
          {
            apiVersion: 'v1',
            blockOwnerDeletion: true,
            controller: true,
            kind: 'Service',
            name: 'checkout',
            uid: uid(1_000_000),
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
function written(slices, plan) {
  return slices.map((slice, s) => ({
    ...slice,
    metadata: { ...slice.metadata, annotations: { ...slice.metadata.annotations, 'slicehints.io/hints': 'v1' } },
    endpoints: slice.endpoints.map((endpoint, i) => ({ ...endpoint, hints: plan.slices[s].endpoints[i].hints })),
  }));
}

/** Each side pays for its own garbage: what parsing left behind would otherwise be copied in the time of planning. */
const emptyYoungGeneration = () => globalThis.gc?.({ type: 'minor' });
const microseconds = () => performance.now() * 1_000;
let sink;

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * Median µs of parsing a text and of planning what came out of it. Every parsed value is planned once: planning the
 * same objects again and again would find them warm in the caches, with the hashes of their strings computed.
 */
function measure(text, plan) {
  const readings = { parse: [], plan: [] };
  const read = (runs) => {
    const parsed = new Array(runs);
    emptyYoungGeneration();
    const start = microseconds();
    for (let r = 0; r < runs; r++) parsed[r] = JSON.parse(text);
    const middle = microseconds();
    emptyYoungGeneration();
    const planFrom = microseconds();
    for (let r = 0; r < runs; r++) sink = plan(parsed[r]);
    const end = microseconds();
    return { parse: (middle - start) / runs, plan: (end - planFrom) / runs };
  };
  let runs = 1;
  const start = microseconds();
  const measureFrom = start + WARM_UP_MS * 1_000;
  const measureUntil = measureFrom + MEASURE_MS * 1_000;
  for (;;) {
    const now = microseconds();
    if (now > measureUntil && readings.parse.length >= 15) break;
    const { parse, plan: planned } = read(runs);
    if (now < measureFrom) {
      runs = Math.max(1, Math.round(MICROSECONDS_PER_READING / parse));
      continue;
    }
    readings.parse.push(parse);
    readings.plan.push(planned);
  }
  return { parse: median(readings.parse), plan: median(readings.plan) };
}

const nodes = makeNodes(9);
const service = {
  metadata: {
    name: 'checkout',
    namespace: 'shop',
    annotations: { 'service.kubernetes.io/topology-mode': 'Auto' },
  },
  spec: { selector: { app: 'checkout' }, clusterIP: '10.96.7.7', type: 'ClusterIP' },
};

const rows = [];
for (const size of SIZES) {
  const fresh = makeSlices(size, nodes);
  // 10 endpoints in three zones are refused by Auto's rule only for unlucky splits; say so instead of timing a refusal.
  const plan = planService({ service, slices: fresh, nodes });
  if (plan.verdicts[0]?.hinted !== true) throw new Error(`${size} endpoints: ${plan.verdicts[0]?.message}`);
  const settled = written(fresh, plan);
  if (planService({ service, slices: settled, nodes }).patches.length > 0) throw new Error(`${size}: not settled`);
  for (const [state, slices] of [
    ['write all', fresh],
    ['in place', settled],
  ]) {
    const text = JSON.stringify(slices);
    const { parse, plan: planned } = measure(text, (parsed) => planService({ service, slices: parsed, nodes }));
    rows.push({
      endpoints: size,
      state,
      'parse µs': Number(parse.toFixed(1)),
      'plan µs': Number(planned.toFixed(1)),
      'plan/parse': Number((planned / parse).toFixed(3)),
      'upstream Go µs': UPSTREAM_GO[size],
    });
  }
}
if (sink === undefined) throw new Error('nothing was measured');
console.log(
  `planService beside JSON.parse of the same slices: ${ZONES.length} zones, ${nodes.length} nodes, node ${process.version}`,
);
console.table(rows);
console.log('upstream Go: the real topologycache code of Kubernetes 1.36 on a similar machine; it plans, but neither');
console.log(
  'builds a patch nor forecasts traffic. "write all": no hints yet. "in place": every hint is there and valid.',
);
