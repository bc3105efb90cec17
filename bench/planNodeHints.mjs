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
const ROUNDS = 40;
const MICROSECONDS_PER_READING = 3_000;
const SERVICES = 200;
const CLUSTERS_OF_FIRST_PLANS = 4;

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

/**
 * Least CPU time of many readings, in µs a plan: others on the machine only add to it. The cells take turns without names
 * and with them, so that a slow moment of the machine hits each of them once, and in another order each time: V8 collects
 * garbage after so many bytes, which would be the same cells in every round.
 * @param cells with `sides`, each with what runs it once and how many plans that is; each side gets `best`
 */
function timeInTurns(cells) {
  const sides = cells.flatMap((one) => Object.values(one.sides));
  const read = ({ run, plans, times }) => {
    // What it reads may have left the caches since its last turn.
    run();
    const start = cpuMicroseconds();
    for (let t = 0; t < times; t++) run();
    return (cpuMicroseconds() - start) / times / plans;
  };
  for (const side of sides) {
    Object.assign(side, { best: Infinity, times: Math.ceil(100 / side.plans) });
    side.times = Math.max(1, Math.ceil(MICROSECONDS_PER_READING / side.plans / Math.max(1, read(side))));
  }
  const next = random(1);
  for (let round = 0; round < ROUNDS; round++) {
    for (const side of shuffled(sides, next)) side.best = Math.min(side.best, read(side));
  }
}

function shuffled(list, next) {
  const order = [...list];
  for (let i = order.length - 1; i > 0; i--) {
    const other = Math.floor(next() * (i + 1));
    [order[i], order[other]] = [order[other], order[i]];
  }
  return order;
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

const ratioOf = ({ sides: { off, on } }) => on.best / off.best;

const shown = (cell) => {
  const { off, on } = cell.sides;
  return `${off.best.toFixed(1)} → ${on.best.toFixed(1)} (${ratioOf(cell).toFixed(2)})`;
};

/** All rows take turns. */
function timedTogether(rows) {
  timeInTurns(rows.flatMap(({ cells }) => cells));
  return rows;
}

/** Each row before the next is made: a process has one cluster, and what is alive is what its garbage collections cost. */
function* timedOneByOne(rows) {
  for (const row of rows) {
    timeInTurns(row.cells);
    yield row;
  }
}

/** @param timed rows whose cells are timed @returns the ratios */
function printTable(timed) {
  console.log(`| nodes | endpoints | ${STATES.join(' | ')} |\n|---|---|---|---|---|`);
  const ratios = STATES.map(() => []);
  for (const { nodeCount, sizes, cells } of timed) {
    console.log(`| ${nodeCount} | ${sizes} | ${cells.map(shown).join(' | ')} |`);
    cells.forEach((cell, s) => ratios[s].push(ratioOf(cell)));
  }
  const ofAll = (figure) => ratios.map((list) => figure(list).toFixed(2)).join(' | ');
  console.log(`| all | median ratio | ${ofAll(median)} |`);
  console.log(`| all | worst ratio | ${ofAll((list) => Math.max(...list))} |`);
  return ratios.flat();
}

/** One Service planned again and again, in `clusters` clusters a row. */
function rowsOfOneService(seed, clusters) {
  return NODES.flatMap((nodeCount) =>
    ENDPOINTS.map((size) => {
      // One for all rows would forget some of so many clusters.
      const scratch = new Scratch();
      const lists = { off: [], on: [] };
      for (let c = 0; c < clusters; c++) {
        const { nodes, services } = sample(seed + c, nodeCount, [size]);
        const cluster = summariseCluster(nodes.map(readNode));
        for (const [way, settings] of Object.entries(WAYS)) {
          lists[way].push(inputsOf(services[0], nodes, cluster, settings).map((input) => ({ ...input, scratch })));
        }
      }
      const side = (list, s) => ({ plans: clusters, run: () => list.forEach((states) => plan(states[s])) });
      const cells = STATES.map((_, s) => ({ sides: { off: side(lists.off, s), on: side(lists.on, s) } }));
      return { nodeCount, sizes: size, cells };
    }),
  );
}

/** All Services of a few clusters, each planned once. */
function* rowsOfFirstPlans(seed) {
  for (const nodeCount of NODES) {
    for (const most of [12, 100]) {
      const clusters = Array.from({ length: CLUSTERS_OF_FIRST_PLANS }, (_, c) => {
        const next = random(seed + c);
        const sizes = Array.from({ length: SERVICES }, () => Math.round(3 * (most / 3) ** next()));
        const { nodes, services } = sample(seed + c, nodeCount, sizes);
        const records = nodes.map(readNode);
        return { nodes, services, records, cluster: summariseCluster(records) };
      });
      const side = (way, s) => {
        const lists = clusters.map(({ nodes, services, records, cluster }) => {
          return { records, list: services.map((one) => inputsOf(one, nodes, cluster, way)[s]) };
        });
        const run = () => {
          for (const { records, list } of lists) {
            const changed = { cluster: summariseCluster(records), scratch: new Scratch() };
            for (const input of list) plan({ ...input, ...changed });
          }
        };
        return { plans: CLUSTERS_OF_FIRST_PLANS * SERVICES, run };
      };
      const cells = STATES.map((_, s) => ({ sides: { off: side(WAYS.off, s), on: side(WAYS.on, s) } }));
      yield { nodeCount, sizes: `3 to ${most}`, cells };
    }
  }
}

/** Prints µs of CPU a plan without and with node hints. @returns how many ratios are above 2 */
export function nodeHintsTable({ seed, clusters }) {
  console.log(
    `CPU time of a plan of Balanced in µs, without → with node hints (ratio); ${ZONES} zones, seed ${seed}, node ${process.version}`,
  );
  warmUp(new Scratch());
  console.log(`\nOne Service planned again and again, in ${clusters} random clusters a row\n`);
  const again = printTable(timedTogether(rowsOfOneService(seed, clusters)));
  console.log(
    `\n${SERVICES} Services of a cluster, each planned once after a node has changed: nothing is known yet; ${CLUSTERS_OF_FIRST_PLANS} clusters a row\n`,
  );
  const first = printTable(timedOneByOne(rowsOfFirstPlans(seed)));
  return [...again, ...first].filter((ratio) => ratio > 2).length;
}
