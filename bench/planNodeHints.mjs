// The node hints table of bench/plan.mjs: what `--node-hints=true` adds to a plan of Balanced on the controller's path.
import { plan } from '../dist/hints/plan.js';
import { Scratch } from '../dist/hints/scratch.js';
import { DEFAULT_SETTINGS } from '../dist/hints/settings.js';
import { planService } from '../dist/index.js';
import { summariseCluster } from '../dist/model/cluster.js';
import { readNode } from '../dist/model/node.js';
import { readService } from '../dist/model/service.js';
import { readSlice } from '../dist/model/slice.js';
import { random } from './corpus.mjs';
import { service } from './planBalanced.mjs';
import { makeEndpoint, makeNodes, makeSlices, written } from './slices.mjs';
import { median } from './timing.mjs';

const ZONES = 3;
const NODES = [6, 12, 30, 60, 200];
const ENDPOINTS = [3, 5, 8, 12, 20, 50, 100];
const STATES = ['from scratch', 'settled', 'one replaced'];
const MACHINES = ['1920m', '3920m', '7910m', '15890m'];
/** The controller's path without names and with them: `slicehints controller`, and with `--node-hints=true`. */
const WAYS = { off: { guard: true }, on: { guard: true, useNodeHints: true } };
const WARM_UP_MS = 3_000;
const ROUNDS = 9;
const MICROSECONDS_PER_READING = 3_000;
const SERVICES = 200;

/** The kernel splits user from system time by sampling; only their sum is exact. */
function cpuMicroseconds() {
  const { user, system } = process.cpuUsage();
  return user + system;
}

/** A cluster and Services in it; endpoints are spread by a topology constraint, or placed freely. */
function sample(seed, nodeCount, sizes) {
  const next = random(seed);
  const below = (limit) => Math.floor(next() * limit);
  const zoneOf = (i) => `eu-west-1${'abc'[i < ZONES ? i : below(ZONES)]}`;
  const nodes = makeNodes(
    Array.from({ length: nodeCount }, (_, i) => ({ zone: zoneOf(i), cpu: MACHINES[below(MACHINES.length)] })),
  );
  const byZone = 'abc'.split('').map((z) => nodes.filter(({ metadata }) => metadata.labels['topology.kubernetes.io/zone'].endsWith(z))); // prettier-ignore
  const services = sizes.map((size) => {
    const isFree = below(3) === 0;
    const nodeOf = (i) => {
      const members = byZone[isFree ? below(ZONES) : i % ZONES];
      return members[below(members.length)];
    };
    const fresh = makeSlices(
      Array.from({ length: size }, (_, i) => makeEndpoint(i, nodeOf(i))),
      { managedFields: false },
    );
    return { fresh, gone: below(size), again: makeEndpoint(size, nodeOf(size)) };
  });
  return { nodes, services };
}

/** The inputs of a Service's plans, by state, for one way. */
function inputsOf({ fresh, gone, again }, nodes, cluster, settings) {
  const settled = written(fresh, planService({ service, slices: fresh, nodes, settings }));
  const [first, ...others] = settled;
  const replaced = [{ ...first, endpoints: first.endpoints.map((old, i) => (i === gone ? again : old)) }, ...others];
  const record = readService(service);
  return [fresh, settled, replaced].map((slices) => ({
    service: record,
    slices: slices.map(readSlice),
    cluster,
    settings: { ...DEFAULT_SETTINGS, ...settings },
  }));
}

/** Least CPU time of several readings in turns, in µs a plan: others on the machine only add to it. */
function timeInTurns(off, on, run) {
  const best = { off: Infinity, on: Infinity };
  const read = (list, times) => {
    const start = cpuMicroseconds();
    for (let t = 0; t < times; t++) run(list);
    return (cpuMicroseconds() - start) / times / list.length;
  };
  const times = Math.max(2, Math.ceil(MICROSECONDS_PER_READING / off.length / Math.max(1, read(off, 20))));
  read(on, 20);
  for (let round = 0; round < ROUNDS; round++) {
    best.off = Math.min(best.off, read(off, times));
    best.on = Math.min(best.on, read(on, times));
  }
  return best;
}

/** Plans Services of all sizes, so that the first rows run the same machine code as the last. */
function warmUp(scratch) {
  const endMs = performance.now() + WARM_UP_MS;
  for (let round = 0; performance.now() < endMs; round++) {
    const size = ENDPOINTS[round % ENDPOINTS.length];
    const { nodes, services } = sample(90_000 + round, NODES[round % NODES.length], [size]);
    const cluster = summariseCluster(nodes.map(readNode));
    const inputs = Object.values(WAYS).flatMap((settings) => inputsOf(services[0], nodes, cluster, settings));
    for (let again = 0; again < 20; again++) for (const input of inputs) plan({ ...input, scratch });
  }
}

const cell = ({ off, on }) => `${off.toFixed(1)} → ${on.toFixed(1)} (${(on / off).toFixed(2)})`;

/** Prints µs of CPU a plan without and with node hints. @returns how many rows cost more than twice as much */
export function nodeHintsTable({ seed, clusters }) {
  console.log(
    `CPU time of a plan of Balanced in µs, without → with node hints (ratio); ${ZONES} zones, ${clusters} random clusters a row, seed ${seed}, node ${process.version}`,
  );
  console.log('\nOne Service planned again and again\n');
  console.log(`| nodes | endpoints | ${STATES.join(' | ')} |\n|---|---|---|---|---|`);
  const scratch = new Scratch();
  warmUp(scratch);
  const ratios = STATES.map(() => []);
  for (const nodeCount of NODES) {
    for (const size of ENDPOINTS) {
      const inputs = { off: [], on: [] };
      for (let c = 0; c < clusters; c++) {
        const { nodes, services } = sample(seed + c, nodeCount, [size]);
        const cluster = summariseCluster(nodes.map(readNode));
        for (const [way, settings] of Object.entries(WAYS)) {
          inputs[way].push(inputsOf(services[0], nodes, cluster, settings).map((input) => ({ ...input, scratch })));
        }
      }
      const cells = STATES.map((_, s) => {
        const ofState = (list) => list.map((states) => states[s]);
        const best = timeInTurns(ofState(inputs.off), ofState(inputs.on), (list) =>
          list.forEach((input) => plan(input)),
        );
        ratios[s].push(best.on / best.off);
        return cell(best);
      });
      console.log(`| ${nodeCount} | ${size} | ${cells.join(' | ')} |`);
    }
  }
  const ofAll = (figure) => ratios.map((list) => figure(list).toFixed(2)).join(' | ');
  console.log(
    `| all | median ratio | ${ofAll(median)} |\n| all | worst ratio | ${ofAll((list) => Math.max(...list))} |`,
  );
  console.log(
    `\n${SERVICES} Services of a cluster, each planned once after a node has changed: nothing is known yet\n`,
  );
  console.log('| nodes | endpoints | from scratch | settled |\n|---|---|---|---|');
  for (const nodeCount of NODES) {
    for (const most of [12, 100]) {
      const next = random(seed);
      const sizes = Array.from({ length: SERVICES }, () => Math.round(3 * (most / 3) ** next()));
      const { nodes, services } = sample(seed, nodeCount, sizes);
      const records = nodes.map(readNode);
      const cluster = summariseCluster(records);
      const lists = Object.values(WAYS).map((way) => services.map((one) => inputsOf(one, nodes, cluster, way)));
      const cells = [0, 1].map((s) => {
        const [off, on] = lists.map((list) => list.map((states) => states[s]));
        return cell(
          timeInTurns(off, on, (list) => {
            const changed = { cluster: summariseCluster(records), scratch: new Scratch() };
            for (const input of list) plan({ ...input, ...changed });
          }),
        );
      });
      console.log(`| ${nodeCount} | 3 to ${most} | ${cells.join(' | ')} |`);
    }
  }
  return ratios.flat().filter((ratio) => ratio > 2).length;
}
