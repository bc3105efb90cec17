// What users wait for when they decide: plan, audit and recommend of a large cluster, from JSON to JSON.
// npm run bench:decide [-- --nodes=300 --services=500 --endpoints=30 --seed=1 --guard --check]
// --check: exit 1 when one takes longer than its limit (seconds; plan 1.5, audit 10, recommend 10).
import { parseArgs } from 'node:util';
import { auditCluster } from '../dist/analysis/audit/auditCluster.js';
import { planCluster } from '../dist/analysis/planCluster.js';
import { summarisePlan } from '../dist/analysis/planSummary.js';
import { recommendCluster } from '../dist/analysis/recommend/recommendCluster.js';
import { random } from './corpus.mjs';

const { values } = parseArgs({
  options: {
    nodes: { type: 'string', default: '300' },
    services: { type: 'string', default: '500' },
    endpoints: { type: 'string', default: '30' },
    seed: { type: 'string', default: '1' },
    guard: { type: 'boolean', default: false },
    check: { type: 'boolean', default: false },
  },
});
const LIMIT_SECONDS = { plan: 1.5, audit: 10, recommend: 10 };
const ZONES = ['eu-west-1a', 'eu-west-1b', 'eu-west-1c'];
const MODES = [undefined, 'Auto', 'slicehints.io/balanced', 'slicehints.io/same-zone'];

/** Nodes of three machine types, Services of every mode, a third of them crowded into some zones. */
function makeCluster(nodeCount, serviceCount, endpointsEach, seed) {
  const next = random(seed);
  const below = (n) => Math.floor(next() * n);
  const nodes = Array.from({ length: nodeCount }, (_, n) => ({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: `node-${n}`, labels: { 'topology.kubernetes.io/zone': ZONES[n % ZONES.length] } },
    status: { allocatable: { cpu: ['4', '8', '16'][below(3)] }, conditions: [{ type: 'Ready', status: 'True' }] },
  }));
  const services = [];
  const endpointSlices = [];
  for (let s = 0; s < serviceCount; s++) {
    const mode = MODES[s % MODES.length];
    const metadata = {
      namespace: `team-${s % 20}`,
      name: `service-${s}`,
      annotations: mode === undefined ? {} : { 'service.kubernetes.io/topology-mode': mode },
    };
    services.push({
      apiVersion: 'v1',
      kind: 'Service',
      metadata,
      spec: { clusterIP: '10.96.0.1', selector: { app: 'x' } },
    });
    const crowded = s % 3 === 0;
    const size = Math.max(1, Math.round(endpointsEach * (0.5 + next())));
    const endpoints = Array.from({ length: size }, (_, e) => {
      const node = nodes[crowded ? Math.floor(nodeCount * next() ** 2) : below(nodeCount)];
      return {
        addresses: [`10.${s >> 8}.${s & 255}.${e}`],
        conditions: { ready: true, serving: true, terminating: false },
        nodeName: node.metadata.name,
        zone: node.metadata.labels['topology.kubernetes.io/zone'],
      };
    });
    endpointSlices.push({
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: {
        namespace: metadata.namespace,
        name: `${metadata.name}-1`,
        resourceVersion: '1',
        labels: {
          'kubernetes.io/service-name': metadata.name,
          'endpointslice.kubernetes.io/managed-by':
            s % 2 === 0 ? 'endpointslice-controller.k8s.io' : 'example.com/mine',
        },
      },
      addressType: 'IPv4',
      ports: [{ name: 'http', port: 80, protocol: 'TCP' }],
      endpoints,
    });
  }
  return { nodes, services, endpointSlices };
}

const cluster = makeCluster(
  Number(values.nodes),
  Number(values.services),
  Number(values.endpoints),
  Number(values.seed),
);
const text = JSON.stringify(cluster);
const settings = { guard: values.guard };
const endpoints = cluster.endpointSlices.reduce((sum, slice) => sum + slice.endpoints.length, 0);
console.log(
  `${cluster.nodes.length} nodes, ${cluster.services.length} Services, ${endpoints} endpoints, guard ${values.guard}, node ${process.version}`,
);
const WORK = {
  plan: (objects) => {
    const { services } = planCluster(objects, { settings });
    return {
      summary: summarisePlan(services),
      services: services.map(({ result, before, after }) => ({ ...result, before, after })),
    };
  },
  audit: (objects) => auditCluster(objects, { settings }),
  recommend: (objects) => recommendCluster(objects, { settings }),
};
const rows = [];
for (const [name, work] of Object.entries(WORK)) {
  const start = performance.now();
  const bytes = JSON.stringify(work(JSON.parse(text))).length;
  const seconds = (performance.now() - start) / 1000;
  const within = seconds <= LIMIT_SECONDS[name];
  if (values.check && !within) process.exitCode = 1;
  rows.push({
    what: name,
    seconds: Number(seconds.toFixed(2)),
    'limit s': LIMIT_SECONDS[name],
    within,
    'output MB': Number((bytes / 1e6).toFixed(1)),
  });
}
console.table(rows);
