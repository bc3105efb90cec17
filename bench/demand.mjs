// What it costs when traffic does not come from where the CPU is: npm run bench:demand [-- SEED COUNT]
// Random Services whose clients run anywhere; every figure is felt under the demand of those clients.
import { balanced } from '../dist/hints/strategies/balanced/strategy.js';
import { proportional } from '../dist/hints/strategies/auto/strategy.js';
import { DEFAULT_SETTINGS } from '../dist/hints/settings.js';
import { readCommandLine } from './commandLine.mjs';
import { bound, corpus, feel, feelNodes, random, sizeClass } from './corpus.mjs';
import { decide } from './decide.mjs';

const { seed, count } = readCommandLine({ seed: 1, count: 3000 });
const overload = DEFAULT_SETTINGS.overloadThreshold;
const next = random(seed ^ 0x2545f491);
const int = (below) => Math.floor(next() * below);

/** Up to three client Services of 2 to 80 pods: spread evenly, at random, crowded towards one zone, or all in one. */
function placeClients(zones) {
  const amounts = new Map(zones.map((zone) => [zone, 0]));
  for (let service = [1, 1, 2, 3][int(4)]; service > 0; service--) {
    const weight = [1, 1, 1, 3, 0.5][int(5)];
    const first = int(zones.length);
    const place = [(pod) => pod, () => int(zones.length), () => Math.floor(zones.length * next() * next()), () => 0][
      int(4)
    ];
    const pods = Math.max(2, Math.round(80 ** next()));
    for (let pod = 0; pod < pods; pod++) {
      const zone = zones[(first + place(pod)) % zones.length];
      amounts.set(zone, amounts.get(zone) + weight);
    }
  }
  return amounts;
}

/** Pods of ten other Services, which demand by all endpoints counts with the clients and the Service's own. */
function placeOthers(zones) {
  const amounts = new Map(zones.map((zone) => [zone, 0]));
  for (let pod = 0; pod < 60; pod++) {
    const zone = zones[int(zones.length)];
    amounts.set(zone, amounts.get(zone) + 1);
  }
  return amounts;
}

function toShares(...lists) {
  const sums = new Map();
  for (const list of lists) for (const [zone, amount] of list) sums.set(zone, (sums.get(zone) ?? 0) + amount);
  const total = [...sums.values()].reduce((a, b) => a + b, 0);
  return new Map([...sums].map(([zone, amount]) => [zone, amount / total]));
}

const nextNode = random(seed ^ 0x51ab3c);

/** The clients of a zone run on any of its nodes, a pod each. @returns a node's part of the traffic */
function placeOnNodes(nodes, shares) {
  const parts = new Map();
  for (const [zone, share] of shares) {
    const members = nodes.filter((node) => node.zone === zone);
    const pods = Math.max(1, Math.round(share * 40));
    for (let pod = 0; pod < pods; pod++) {
      const { name } = members[Math.floor(nextNode() * members.length)];
      parts.set(name, (parts.get(name) ?? 0) + share / pods);
    }
  }
  return ({ name }) => parts.get(name) ?? 0;
}

/** Names follow the CPU of single nodes. */
function namedByCpu({ nodes, endpoints, shares }) {
  const { hints } = decide(balanced, { nodes, endpoints, settings: { useNodeHints: true } });
  const names = hints.map((each) => each?.forNodes ?? []);
  return feelNodes(nodes, endpoints, zonesOf(hints), names, placeOnNodes(nodes, shares));
}

const zonesOf = (hints) => hints.map((each) => each?.forZones ?? []);
const strategies = {
  'no hints': ({ endpoints }) => endpoints.map(() => []),
  PreferSameZone: ({ endpoints }) => endpoints.map(({ zone }) => [zone]),
  'Auto by CPU': ({ nodes, endpoints }) => zonesOf(decide(proportional, { nodes, endpoints }).hints),
  'Balanced by CPU': ({ nodes, endpoints }) => zonesOf(decide(balanced, { nodes, endpoints }).hints),
  'Balanced by endpoints': ({ nodes, endpoints, all }) =>
    zonesOf(decide(balanced, { nodes, endpoints, shares: all }).hints),
  'Balanced by clients': ({ nodes, endpoints, shares }) =>
    zonesOf(decide(balanced, { nodes, endpoints, shares }).hints),
};

const NAMED = 'Balanced by CPU, node hints';

const table = new Map();
for (const { nodes, endpoints } of corpus(seed, count)) {
  const zones = [...new Set(nodes.map(({ zone }) => zone))].sort();
  const clients = placeClients(zones);
  const own = endpoints.map(({ zone }) => [zone, 1]);
  const sample = { nodes, endpoints, shares: toShares(clients), all: toShares(clients, placeOthers(zones), own) };
  const size = sizeClass(endpoints.length);
  const row = table.get(size) ?? { cases: 0, bound: 0, of: new Map() };
  table.set(size, row);
  row.cases++;
  row.bound += bound(nodes, endpoints, overload, sample.shares);
  for (const [name, hint] of [...Object.entries(strategies), [NAMED, undefined]]) {
    const felt = hint === undefined ? namedByCpu(sample) : feel(nodes, endpoints, hint(sample), sample.shares);
    const sum = row.of.get(name) ?? { inZone: 0, over: 0, busiest: [] };
    sum.inZone += felt.inZone;
    sum.over += Number(felt.busiest > 1 + overload + 1e-9);
    sum.busiest.push(felt.busiest);
    row.of.set(name, sum);
  }
}

const percent = (part) => `${(part * 100).toFixed(1)} %`;
console.log(`${count} random Services with clients anywhere (seed ${seed}), overload limit ${1 + overload}x`);
console.log(
  '\n| endpoints | | in zone | of the bound | over the limit | mean of the busiest | p95 of the busiest | busiest endpoint |',
);
console.log('|---|---|---|---|---|---|---|---|');
const FLOORS = { '1-2': 0, '3-5': 0.82, '6-9': 0.895, '10-19': 0.925, '20+': 0.95 };
let broken = 0;
for (const size of ['1-2', '3-5', '6-9', '10-19', '20+']) {
  const row = table.get(size);
  if (row === undefined) continue;
  for (const [name, { inZone, over, busiest }] of row.of) {
    busiest.sort((a, b) => a - b);
    if (name === 'Balanced by clients' && (over > 0 || inZone < FLOORS[size] * row.bound)) broken++;
    const cells = [
      `${size} (${row.cases})`,
      name,
      percent(inZone / row.cases),
      percent(inZone / row.bound),
      percent(over / row.cases),
      `${(busiest.reduce((sum, one) => sum + one, 0) / row.cases).toFixed(2)}x`,
      `${busiest[Math.ceil(busiest.length * 0.95) - 1].toFixed(2)}x`,
      `${busiest.at(-1).toFixed(2)}x`,
    ];
    console.log(`| ${cells.join(' | ')} |`);
  }
}
// Balanced by clients promises the limit, and this much of the bound.
if (broken > 0) process.exitCode = 1;
