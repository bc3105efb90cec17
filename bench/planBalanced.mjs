// The Balanced table of bench/plan.mjs: planService beside JSON.parse for 2 to 8 zones, on random clusters.
import { plan as planRecords } from '../dist/hints/plan.js';
import { Scratch } from '../dist/hints/scratch.js';
import { DEFAULT_SETTINGS } from '../dist/hints/settings.js';
import { planService } from '../dist/index.js';
import { summariseCluster } from '../dist/model/cluster.js';
import { readNode } from '../dist/model/node.js';
import { readService } from '../dist/model/service.js';
import { readSlice } from '../dist/model/slice.js';
import { random } from './corpus.mjs';
import { makeEndpoint, makeNodes, makeSlices, written } from './slices.mjs';
import { median, timeParseAndPlan } from './timing.mjs';

const ZONES = [2, 3, 4, 5, 6, 7, 8];
const SIZES = [10, 30, 100, 300, 1_000, 10_000];
/** What planning may cost in parts of parsing the same slices. */
const target = (size) => (size < 100 ? 1 : 1 / 3);
const STATES = ['from scratch', 'settled', 'one replaced', 'from scratch, nodes known'];
const MACHINES = ['1920m', '3920m', '7910m', '15890m', '31850m'];
const WARM_UP_MS = 3_000;
const MEASURE_MS = 40;
/** Small Services differ more from cluster to cluster; large ones take longer. */
const clustersFor = (size, clusters) => (size < 1_000 ? clusters : Math.ceil(clusters / 3));

export const service = {
  metadata: {
    name: 'checkout',
    namespace: 'shop',
    annotations: { 'service.kubernetes.io/topology-mode': 'slicehints.io/balanced' },
  },
  spec: { selector: { app: 'checkout' }, clusterIP: '10.96.7.7', type: 'ClusterIP' },
};
// Slices of the in-tree controller are Balanced's to write only under the guard.
const settings = { guard: true };
/** As the controller plans: it sums up the nodes when a node changes, not for every plan, and keeps its scratch space. */
const scratch = new Scratch();
function planOfController(nodes) {
  const cluster = summariseCluster(nodes.map(readNode));
  return (slices) =>
    planRecords({
      service: readService(service),
      slices: slices.map(readSlice),
      cluster,
      scratch,
      settings: { ...DEFAULT_SETTINGS, ...settings },
    });
}
const planFor = (nodes) => (slices) => planService({ service, slices, nodes, settings });

/** A cluster with uneven zones, and a Service whose endpoints are spread evenly, anyhow, or crowded into some zones. */
export function sample(seed, zoneCount, size, managedFields) {
  const next = random(seed);
  const below = (limit) => Math.floor(next() * limit);
  const zones = Array.from({ length: zoneCount }, (_, z) => `eu-west-1${'abcdefgh'[z]}`);
  const places = zones.flatMap((zone) => Array.from({ length: 1 + below(5) }, () => ({ zone })));
  const nodes = makeNodes(places.map(({ zone }) => ({ zone, cpu: MACHINES[below(MACHINES.length)] })));
  const byZone = zones.map((zone) =>
    nodes.filter(({ metadata }) => metadata.labels['topology.kubernetes.io/zone'] === zone),
  );
  const weights = zones.map(() => 0.2 + next() ** 2);
  const total = weights.reduce((a, b) => a + b, 0);
  const placement = ['constraint', 'free', 'crowded'][below(3)];
  const nodeOf = (i) => {
    let z = i % zoneCount;
    if (placement === 'free') z = below(zoneCount);
    if (placement === 'crowded') {
      let rest = next() * total;
      z = Math.max(
        0,
        weights.findIndex((weight) => (rest -= weight) <= 0),
      );
    }
    return byZone[z][below(byZone[z].length)];
  };
  const plan = planFor(nodes);
  const fresh = makeSlices(
    Array.from({ length: size }, (_, i) => makeEndpoint(i, nodeOf(i))),
    { managedFields },
  );
  const first = plan(fresh);
  const settled = written(fresh, first);
  if (plan(settled).patches.length > 0) throw new Error(`seed ${seed}: the plan does not settle`);
  const at = below(settled.length);
  const gone = below(settled[at].endpoints.length);
  const replaced = settled.map((slice, s) =>
    s !== at
      ? slice
      : { ...slice, endpoints: slice.endpoints.map((old, i) => (i === gone ? makeEndpoint(size, nodeOf(size)) : old)) },
  );
  const states = [fresh, settled, replaced].map((slices) => ({ text: JSON.stringify(slices), plan }));
  return { nodes, states: [...states, { text: JSON.stringify(fresh), plan: planOfController(nodes) }] };
}

/**
 * Prints plan/parse by zones, endpoints and state: the median over the clusters and the worst of them.
 * @returns how many rows miss the target with a median
 */
export function balancedTable({ seed, clusters, managedFields, nodeHints }) {
  if (nodeHints) service.metadata.annotations['slicehints.io/node-hints'] = 'true';
  console.log(
    `planService beside JSON.parse of the same slices: Balanced${nodeHints ? ' with node hints' : ''}, ${clusters} random clusters a cell, a third from 1,000 endpoints on (seeds from ${seed}), slices ${managedFields ? 'with' : 'without'} managedFields, node ${process.version}`,
  );
  console.log('plan/parse, median over the clusters and the worst of them\n');
  const warmUntil = performance.now() + WARM_UP_MS;
  for (let round = 0; performance.now() < warmUntil; round++) {
    const { states } = sample(90_000 + round, ZONES[round % ZONES.length], [10, 30, 100][round % 3], managedFields);
    for (let again = 0; again < 20; again++) for (const { text, plan } of states) plan(JSON.parse(text));
  }
  let missed = 0;
  const worstOf = new Map();
  console.log(`| zones | endpoints | parse µs | ${STATES.join(' | ')} | |`);
  console.log('|---|---|---|---|---|---|---|---|');
  for (const zones of ZONES) {
    for (const size of SIZES) {
      const parses = [];
      const ratios = STATES.map(() => []);
      for (let c = 0; c < clustersFor(size, clusters); c++) {
        const { states } = sample(seed + c, zones, size, managedFields);
        states.forEach(({ text, plan }, s) => {
          const { parse, plan: planned } = timeParseAndPlan(text, plan, { warmUpMs: 5, measureMs: MEASURE_MS });
          parses.push(parse);
          ratios[s].push(planned / parse);
        });
      }
      const cells = ratios.map((list) => `${median(list).toFixed(2)} (${Math.max(...list).toFixed(2)})`);
      const over = ratios.some((list) => median(list) > target(size));
      if (over) missed++;
      const worst = worstOf.get(size) ?? STATES.map(() => 0);
      worstOf.set(
        size,
        worst.map((ratio, i) => Math.max(ratio, median(ratios[i]))),
      );
      console.log(
        `| ${zones} | ${size} | ${median(parses).toFixed(1)} | ${cells.join(' | ')} | ${over ? 'missed' : ''} |`,
      );
    }
  }
  console.log(
    `\nThe worst of the medians:\n\n| endpoints | ${STATES.join(' | ')} | target |\n|---|---|---|---|---|---|`,
  );
  for (const [size, worst] of worstOf) {
    const cells = worst.map((ratio) => ratio.toFixed(2));
    console.log(`| ${size} | ${cells.join(' | ')} | ${target(size).toFixed(2)} |`);
  }
  return missed;
}
