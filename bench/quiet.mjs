// How long must in-tree's slices be quiet under the guard before they are written? The model of the in-tree controller, the
// stand-in server with the guard and a controller in one process; one Service, two thirds of it in one zone, whose pods are
// replaced at a steady pace. For each quiet time: conflicts
// (409) of in-tree and of ours, and the time from the last change of a pod to the last write of ours.
import { pino } from 'pino';
import { Coexistence } from '../dist/controller/coexistence/coexistence.js';
import { Controller } from '../dist/controller/controller.js';
import { DEFAULT_SETTINGS } from '../dist/hints/settings.js';
import { anonymousAccess } from '../dist/kube/auth/credentials.js';
import { systemClock as clock } from '../dist/kube/clock.js';
import { HttpTransport } from '../dist/kube/rest/httpTransport.js';
import { InTreeController } from '../dist/sandbox/inTree/controller.js';
import { SandboxApiServer } from '../dist/sandbox/server/apiServer.js';
import { installGuard, storedGuardHook } from '../dist/sandbox/storage/guard.js';

const PODS = 30;
const CHANGES = 100;
/** Between in-tree's decision and the server's: network, admission, etcd. */
const WRITE_MS = 3;
const ZONES = ['a', 'a', 'a', 'a', 'b', 'c'];
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const logger = pino({ level: 'silent' });

async function measure(quietMs, everyMs) {
  // The only thing that the runs differ in; the controller has no option for it.
  Coexistence.prototype.quietMs = () => quietMs;
  const server = new SandboxApiServer();
  const url = await server.listen();
  server.store.onWrite = storedGuardHook(server.store);
  installGuard(server.store);
  const connect = () => new HttpTransport({ access: anonymousAccess(url), userAgent: 'bench/1', clock });
  const transports = [connect(), connect(), connect()];
  const [ofInTree, ofOurs, ofLease] = transports;
  const stop = new AbortController();
  let retries = 0;
  const inTree = new InTreeController({
    transport: {
      send: async (request) => {
        if (request.method !== 'GET') await sleep(WRITE_MS);
        return ofInTree.send(request);
      },
      watch: (request) => ofInTree.watch(request),
      close: () => ofInTree.close(),
    },
    clock,
    random: Math.random,
    logger,
    onSync: (_, outcome) => void (outcome === 'retry' && retries++),
  });
  const nameOf = (serial) => `web-${serial}`;
  const createPod = (serial) =>
    server.store.write('pods', {
      metadata: { name: nameOf(serial), namespace: 'default', labels: { app: 'web' } },
      spec: { nodeName: `n-${ZONES[serial % ZONES.length]}`, containers: [{ name: 'c', image: 'web' }] },
      status: {
        phase: 'Running',
        podIPs: [{ ip: `10.0.${serial >> 7}.${(serial & 127) + 1}` }],
        conditions: [{ type: 'Ready', status: 'True' }],
      },
    });
  for (const zone of new Set(ZONES)) {
    server.store.write('nodes', {
      metadata: { name: `n-${zone}`, labels: { 'topology.kubernetes.io/zone': zone } },
      status: { allocatable: { cpu: '4' }, conditions: [{ type: 'Ready', status: 'True' }] },
    });
  }
  for (let i = 0; i < PODS; i++) createPod(i);
  server.store.write('services', {
    metadata: {
      name: 'web',
      namespace: 'default',
      annotations: { 'service.kubernetes.io/topology-mode': 'slicehints.io/balanced' },
    },
    spec: { selector: { app: 'web' }, ports: [{ name: 'http', port: 80, targetPort: 8080 }] },
  });
  const controller = new Controller({
    transport: ofOurs,
    leaseTransport: ofLease,
    recorder: { record: () => undefined, run: () => Promise.resolve(), flush: () => Promise.resolve() },
    settings: DEFAULT_SETTINGS,
    lease: undefined,
    namespace: '',
    concurrency: 10,
    coalesceMs: 50,
    maxWritesPerMinute: 0,
    dryRun: false,
    clock,
    random: Math.random,
    logger,
    observer: {},
    reflectorObserver: {},
  });
  const running = [inTree.run(stop.signal), controller.run(stop.signal)];
  while (!(controller.settled && inTree.idle)) await sleep(50);
  await sleep(1500);
  server.history.clear();
  server.requests.clear();
  retries = 0;
  const startMs = performance.now();
  for (let k = 0; k < CHANGES; k++) {
    server.store.delete('pods', 'default', nameOf(k));
    createPod(k + PODS);
    const dueMs = startMs + (k + 1) * everyMs;
    await sleep(Math.max(0, dueMs - performance.now()));
  }
  const lastChangeMs = Date.now();
  await sleep(4000);
  while (!(controller.settled && inTree.idle)) await sleep(50);
  const conflicts = (agent) =>
    server.requests.entries().filter(({ method, status, resource }) => {
      return resource === 'endpointslices' && status === 409 && method === agent;
    }).length;
  const writes = server.requests
    .entries()
    .filter(({ method, status, resource }) => resource === 'endpointslices' && method === 'PATCH' && status === 200);
  const last = writes.at(-1)?.wallMs;
  const result = {
    'quiet ms': quietMs,
    'a change every ms': everyMs,
    'in-tree 409': conflicts('PUT'),
    'in-tree retries': retries,
    'our 409': conflicts('PATCH'),
    'our writes': writes.length,
    'last write after last change ms': last === undefined ? '' : Math.round(last - lastChangeMs),
  };
  stop.abort();
  await Promise.all(running);
  for (const transport of transports) transport.close();
  await server.close();
  return result;
}

const results = [];
for (const everyMs of [75, 20, 5])
  for (const quietMs of [0, 50, 150, 500]) results.push(await measure(quietMs, everyMs));
console.table(results);
