// How long one plan of topology keys keeps the event loop busy at 5,000 nodes, 200 pools and 1,000 endpoints: CPU time of its
// thread. V8 compiles on other threads meanwhile, which is shown apart. Run after `npm run build`, on Linux.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { topologyKeys } from '../dist/hints/strategies/topologyKeys/strategy.js';
import { readNode } from '../dist/model/node.js';
import { readEndpoint } from '../dist/model/slice.js';
import { decide } from './decide.mjs';

const NODES = 5000;
const POOLS = 200;
const RACKS = 700;
const ENDPOINTS = 1000;
const ROUNDS = 5;
const ZONE = 'topology.kubernetes.io/zone';

const digits = (number) => String(number).padStart(4, '0');
const poolOf = (node) => `p${digits(node % POOLS)}`;

/** Layouts of zones: what the zone hints can carry differs widely between them. */
const layouts = {
  'zone = pool': (i) => ({ [ZONE]: poolOf(i) }),
  'no zones': () => ({}),
  '5 zones, each pool in one': (i) => ({ [ZONE]: `z${(i % POOLS) % 5}` }),
  '5 zones, each pool in all': (i) => ({ [ZONE]: `z${Math.floor(i / POOLS) % 5}` }),
};
const keyLists = [
  'pool,*',
  'pool',
  `kubernetes.io/hostname,pool,${ZONE},*`,
  `kubernetes.io/hostname,rack,pool,${ZONE}`,
  '!pool,*',
  'kubernetes.io/hostname,!rack,pool,*',
];

/** Milliseconds of the CPU that this thread has used. */
function threadMs() {
  return Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
}

/** @returns the value, and the milliseconds of the CPU: of this thread, and of those that compile and collect garbage */
function timed(fn) {
  const [thread, all] = [threadMs(), process.cpuUsage()];
  const value = fn();
  const { user, system } = process.cpuUsage(all);
  const own = threadMs() - thread;
  return [value, own, Math.max(0, (user + system) / 1000 - own)];
}

function best(fn) {
  return Math.min(...Array.from({ length: ROUNDS }, () => timed(fn)[1]));
}

/** One case in a process of its own, so that its first plan runs code that was never run before. */
function measure(zoneLabels, keys) {
  const nodes = Array.from({ length: NODES }, (_, i) => {
    const name = `n${digits(i)}`;
    const labels = { pool: poolOf(i), rack: `r${i % RACKS}`, 'kubernetes.io/hostname': name, ...zoneLabels(i) };
    return readNode({ metadata: { name, labels } });
  });
  const endpoints = Array.from({ length: ENDPOINTS }, (_, i) =>
    readEndpoint({
      addresses: [`10.${Math.floor(i / 250)}.0.${i % 250}`],
      nodeName: `n${digits((i * 17) % NODES)}`,
      conditions: { ready: i % 29 !== 0 },
    }),
  );
  const plan = (given) => decide(topologyKeys, { nodes, endpoints: given, annotations: { 'slicehints.io/topology-keys': keys } }); // prettier-ignore
  const [first, cold, beside] = timed(() => plan(endpoints));
  const fresh = best(() => plan(endpoints));
  const hinted = endpoints.map((endpoint, i) => ({ ...endpoint, hints: first.hints[i] }));
  const changed = plan(hinted).hints.filter((hint, i) => hint !== first.hints[i]).length;
  const { reason, message } = first.verdict;
  return { cold, beside, fresh, again: best(() => plan(hinted)), changed, reason, message };
}

const [layout, keys] = process.argv.slice(2);
if (layout !== undefined) {
  console.log(JSON.stringify(measure(layouts[layout], keys)));
} else {
  const worst = { cold: 0, beside: 0, fresh: 0, again: 0 };
  for (const name of Object.keys(layouts)) {
    for (const list of keyLists) {
      // The best of a few processes: other work on the machine slows them down unevenly.
      const runs = Array.from({ length: 3 }, () =>
        JSON.parse(execFileSync(process.execPath, [fileURLToPath(import.meta.url), name, list], { encoding: 'utf8' })),
      );
      const shown = Object.keys(worst).map((kind) => {
        const ms = Math.min(...runs.map((run) => run[kind]));
        worst[kind] = Math.max(worst[kind], ms);
        return `${kind} ${ms.toFixed(0)} ms`;
      });
      const [{ changed, reason, message }] = runs;
      console.log(`${name} | ${list} | ${shown.join(', ')}, ${changed} changed | ${reason}`);
      console.log(`    ${message.slice(0, 200)}`);
    }
  }
  const all = Object.entries(worst).map(([kind, ms]) => `${kind} ${ms.toFixed(0)} ms`);
  console.log(
    `worst: ${all.join(', ')} (cold: the first plan of a process; beside: other threads meanwhile; fresh: later plans; again: of what was planned)`,
  );
}
