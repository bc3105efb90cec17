// A controller and a large cluster: how soon its caches are filled and every Service is written, in how much memory, and
// how fast it answers while slices change and all nodes send heartbeats. The server and the controller have processes of
// their own. Targets are in docs/performance.md; with --check the exit code is 1 when one is missed.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { benchFairness } from './scale/fairness.mjs';
import { freePort, scrape, ServedCluster, sleep } from './scale/processes.mjs';
import { benchShards } from './scale/shards.mjs';
import { writeFloor } from './scale/writeFloor.mjs';

const { values } = parseArgs({
  options: {
    /** Other defaults: 20,000 nodes, 50,000 Services, 500,000 endpoints, 1,000 changes and 330 heartbeats a second. */
    huge: { type: 'boolean', default: false },
    nodes: { type: 'string' },
    services: { type: 'string' },
    endpoints: { type: 'string' },
    /** So many Services name three clients each. */
    clients: { type: 'string', default: '0' },
    seconds: { type: 'string', default: '60' },
    changes: { type: 'string' },
    /** Instead of all else: how throughput grows with replicas that share this many shards. */
    shards: { type: 'string', default: '' },
    replicas: { type: 'string', default: '2' },
    /** Instead of all else: how long others wait beside so many Services of one namespace that are expensive to plan. */
    expensive: { type: 'string', default: '' },
    heartbeats: { type: 'string' },
    calm: { type: 'string', default: '30' },
    /** Time of the server for a write. */
    'write-ms': { type: 'string', default: '3' },
    /** Flags for the controller, such as --flag=--kube-api-qps=50. */
    flag: { type: 'string', multiple: true, default: [] },
    entry: { type: 'string', default: 'bundle/main.js' },
    /** What the chart sets with resources.limits.memory: 512Mi. */
    'node-option': { type: 'string', multiple: true },
    check: { type: 'boolean', default: false },
  },
});
// Heartbeats are each node every ten seconds, which is what kubelets do at most; in the huge cluster one in a minute each,
// which is what most do. The options of Node are those of the chart for 512Mi and for 1Gi of memory.
const defaults = values.huge
  ? {
      nodes: 20_000,
      services: 50_000,
      endpoints: 500_000,
      changes: 1000,
      heartbeats: 330,
      settledMb: 700,
      oldSpace: 716,
    }
  : { nodes: 5000, services: 10_000, endpoints: 150_000, changes: 200, settledMb: 300, oldSpace: 358 };
const figure = (name) => Number(values[name] ?? defaults[name]);
const size = { nodes: figure('nodes'), services: figure('services'), endpoints: figure('endpoints') };
const changes = figure('changes');
const heartbeats = Number(values.heartbeats ?? defaults.heartbeats ?? size.nodes / 10);
const nodeOptions = values['node-option'] ?? ['--max-semi-space-size=16', `--max-old-space-size=${defaults.oldSpace}`];
const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const seconds = (ms) => `${(ms / 1000).toFixed(2)} s`;
const say = (what, text) => console.log(`${what.padEnd(26)}${text}`);
const missed = [];
const target = (holds, text) => {
  if (!holds) missed.push(text);
  return holds ? '' : '  (target missed)';
};

/** In the huge cluster p99 below 100 ms, else p50 below 10 ms and p99 below 50 ms. */
const latencyTarget = ({ p50, p99 }) =>
  values.huge
    ? target(p99 < 100, 'p99 below 100 ms')
    : target(p50 < 10 && p99 < 50, 'p50 below 10 ms and p99 below 50 ms');

function resident(pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const mb = (field) => Math.round(Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)[1]) / 1024);
  return { now: mb('VmRSS'), peak: mb('VmHWM') };
}

/** Seconds of CPU that a process has used; USER_HZ is 100 on Linux. */
function cpuSeconds(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Another client of the server: one small request every 10 ms, by itself. */
class OtherClient {
  #ended = false;
  #waitsMs = [];

  async run(url) {
    while (!this.#ended) {
      const startMs = performance.now();
      await (await fetch(`${url}/version`)).text();
      this.#waitsMs.push(performance.now() - startMs);
      await sleep(10);
    }
  }

  /** The 99th percentile since the last call, and of how many requests. */
  take() {
    const sorted = this.#waitsMs.sort((a, b) => a - b);
    this.#waitsMs = [];
    return { p99: sorted[Math.floor(0.99 * sorted.length)], count: sorted.length };
  }

  stop() {
    this.#ended = true;
  }
}

console.log(`${cpus()[0]?.model ?? 'unknown CPU'}, ${cpus().length} cores, Node ${process.version}`);
console.log(`${size.nodes} nodes, ${size.services} Services, ${size.endpoints} endpoints in ${size.services} slices\n`);
const command = { entry: at(`../${values.entry}`), nodeOptions, flags: values.flag };
const writeMs = Number(values['write-ms']);
const finish = () => {
  if (missed.length > 0) console.log(`\nmissed: ${missed.join('; ')}`);
  process.exit(values.check && missed.length > 0 ? 1 : 0);
};
if (values.shards !== '') {
  await benchShards({
    mostReplicas: Number(values.replicas),
    shards: Number(values.shards),
    size,
    writeMs,
    ...command,
  });
  finish();
}
if (values.expensive !== '') {
  await benchFairness({ expensive: Number(values.expensive), size, writeMs, target, ...command });
  finish();
}

const sizes = [size.nodes, size.services, size.endpoints].map(String);
const floor = JSON.parse(execFileSync(process.execPath, [at('scale/floor.mjs'), ...sizes], { maxBuffer: 1e6 }));
say('floor (JSON.parse)', `${seconds(floor.ms)} for ${Math.round(floor.bytes / 2 ** 20)} MiB`);

const cluster = new ServedCluster();
const other = new OtherClient();
try {
  await cluster.serve({ ...size, writeMs, clients: Number(values.clients) });
  const asking = other.run(cluster.url);
  await sleep(500);
  other.take();
  await sleep(3000);
  const calmWait = other.take();
  // As many in flight as --concurrent-service-syncs has by default.
  const floorMs = await writeFloor(cluster.url, size, 10);
  const floorWait = other.take();
  const atStart = (await cluster.ask({ counts: true })).counts;
  const port = await freePort();
  // One process, so no election; of the other flags, those that are not given have their defaults.
  const flags = [
    ...['--no-leader-elect', `--metrics-bind-address=127.0.0.1:${port}`, '--health-probe-bind-address=0'],
    ...values.flag,
  ];
  say('flags not at default', flags.join(' '));
  say('options of Node', nodeOptions.join(' '));
  say('a write takes', `${writeMs} ms in the server`);
  const startMs = performance.now();
  const controller = cluster.start({ ...command, flags });
  let syncedMs;
  const synced = new Promise((resolve, reject) => {
    controller.once('exit', (code) => reject(new Error(`the controller ended with ${code}`)));
    controller.stdout.on('data', (data) => {
      if (syncedMs !== undefined || !String(data).includes('caches synced')) return;
      syncedMs = performance.now() - startMs;
      resolve();
    });
  });
  await synced;
  const cpuBefore = [controller.pid, cluster.serverPid].map(cpuSeconds);
  other.take();
  let seen;
  do {
    do await sleep(20);
    while ((await cluster.ask({ patches: true })).patches - atStart.patches < size.services);
    seen = (await cluster.ask({ counts: true })).counts;
  } while (seen.unhinted > 0);
  const writtenMs = performance.now() - startMs;
  const [cpu, serverCpu] = [controller.pid, cluster.serverPid].map((pid, i) => cpuSeconds(pid) - cpuBefore[i]);
  const busyWait = other.take();
  other.stop();
  await asking;
  const ratio = syncedMs / floor.ms;
  say(
    'caches synced',
    `${seconds(syncedMs)}, ${ratio.toFixed(2)} times the floor${target(ratio <= 4, 'synced within 4 times the floor')}`,
  );
  say(
    'all Services written',
    `${seconds(writtenMs)}, ${seen.patches - atStart.patches} patches, ${seen.conflicts} conflicts, ${seen.events} Events meanwhile`,
  );
  const writingMs = writtenMs - syncedMs;
  say(
    'after the sync',
    `${seconds(writingMs)}, ${(writingMs / floorMs).toFixed(2)} times the ${seconds(floorMs)} of a bare client${target(writingMs <= 1.3 * floorMs, 'written within 1.3 times a bare client')}; CPU ${cpu.toFixed(1)} s, of the server ${serverCpu.toFixed(1)} s`,
  );
  say(
    'another client waits',
    `p99 ${calmWait.p99.toFixed(1)} ms calm, ${floorWait.p99.toFixed(1)} ms during those of the bare client, ${busyWait.p99.toFixed(1)} ms during these (${calmWait.count}, ${floorWait.count} and ${busyWait.count} requests)${target(busyWait.p99 <= 2 * calmWait.p99, 'another client waits at most twice as long')}`,
  );

  await sleep(Number(values.calm) * 1000);
  const calm = resident(controller.pid);
  const { heapMb, committedMb } = await scrape(port);
  say(
    'memory',
    `${calm.now} MB resident after ${values.calm} s, ${calm.peak} MB at its highest, heap ${Math.round(heapMb)} of ${Math.round(committedMb)} MB${target(calm.now < defaults.settledMb, `settled below ${defaults.settledMb} MB`)}`,
  );
  const after = (await cluster.ask({ counts: true })).counts;
  say('Events', `${after.events} written so far`);

  const beats = { heartbeats, changes: 0, seconds: 5 };
  const quiet = await scrape(port);
  await cluster.ask({ storm: beats });
  const beaten = await scrape(port);
  const planned = beaten.plans - quiet.plans;
  say(
    'heartbeats alone',
    `${heartbeats} a second for ${beats.seconds} s: ${planned} plans${target(planned === 0, 'heartbeats cost no plan')}`,
  );

  const length = Number(values.seconds);
  const before = { cpu: cpuSeconds(controller.pid), ...(await scrape(port)) };
  const stormMs = performance.now();
  const { storm } = await cluster.ask({ storm: { changes, heartbeats, seconds: length } });
  const wall = (performance.now() - stormMs) / 1000;
  const share = (cpuSeconds(controller.pid) - before.cpu) / wall;
  const { loopP99Ms, plans } = await scrape(port);
  console.log(`\n${changes} slice changes and ${heartbeats} heartbeats a second for ${length} s`);
  say(
    'event to answered patch',
    `p50 ${storm.p50?.toFixed(1)} ms, p99 ${storm.p99?.toFixed(1)} ms, worst ${storm.worst?.toFixed(1)} ms${latencyTarget(storm)}`,
  );
  say(
    'writes',
    `${storm.patches} for ${storm.changed} changed slices, ${storm.unneeded} that changed nothing, ${storm.conflicts} conflicts, ${storm.unanswered} unanswered${target(storm.patches === storm.changed && storm.unneeded === 0, 'one write a changed slice')}`,
  );
  say('plans', `${plans - before.plans}`);
  say('Events', `${storm.events} written for ${storm.changed} changes`);
  say('CPU', `${(share * 100).toFixed(0)} % of a core`);
  say('event-loop delay p99', `${loopP99Ms.toFixed(1)} ms`);
  const end = resident(controller.pid);
  say('memory', `${end.now} MB resident, ${end.peak} MB at its highest`);
} finally {
  cluster.stop();
}
finish();
