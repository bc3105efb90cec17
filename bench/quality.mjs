// Quality of the hints of each strategy on random clusters: npm run bench:quality [-- SEED COUNT] [--check]
import { readFileSync } from 'node:fs';
import { balanced } from '../dist/hints/strategies/balanced/strategy.js';
import { syncInTree } from '../dist/sandbox/inTree/hints.js';
import { proportional } from '../dist/hints/strategies/auto/strategy.js';
import { DEFAULT_SETTINGS } from '../dist/hints/settings.js';
import { summariseCluster } from '../dist/model/cluster.js';
import { readCommandLine } from './commandLine.mjs';
import { decide } from './decide.mjs';
import { bound, corpus, feel, feelNodes, sizeClass } from './corpus.mjs';

const { seed, count, check } = readCommandLine({ seed: 1, count: 3000 }, ['check']);
const overload = DEFAULT_SETTINGS.overloadThreshold;
const by =
  (strategy) =>
  ({ nodes, endpoints }) =>
    decide(strategy, { nodes, endpoints }).hints.map((hints) => hints?.forZones ?? []);

/** The model of Kubernetes' own controller that the sandbox runs, on a Service that was never hinted. */
function upstreamAuto({ nodes, endpoints }) {
  const { strictShares: shares } = summariseCluster(nodes);
  const { slices } = syncInTree({
    mode: 'auto',
    shares,
    addressType: 'IPv4',
    slices: [{ changed: true, endpoints }],
    populated: false,
  });
  return slices[0].hints.map((hints) => hints?.forZones ?? []);
}

const strategies = {
  none: ({ endpoints }) => endpoints.map(() => []),
  PreferSameZone: ({ endpoints }) => endpoints.map(({ zone }) => [zone]),
  'Auto (Kubernetes 1.36)': upstreamAuto,
  'Auto (ours, proportional)': by(proportional),
  balanced: by(balanced),
};

/** Replayed with the names heeded and ignored: the traffic in zone of the first, the busiest endpoint of both. */
function withNodeHints({ nodes, endpoints }) {
  const { hints } = decide(balanced, { nodes, endpoints, settings: { useNodeHints: true } });
  const zones = hints.map((hint) => hint?.forZones ?? []);
  const felt = feelNodes(
    nodes,
    endpoints,
    zones,
    hints.map((hint) => hint?.forNodes ?? []),
  );
  return { ...felt, busiest: Math.max(felt.busiest, feel(nodes, endpoints, zones).busiest) };
}

const felts = {
  ...Object.fromEntries(
    Object.entries(strategies).map(([name, hint]) => [
      name,
      (sample) => feel(sample.nodes, sample.endpoints, hint(sample)),
    ]),
  ),
  'balanced, node hints': withNodeHints,
};

const table = new Map();
for (const sample of corpus(seed, count)) {
  const most = bound(sample.nodes, sample.endpoints, overload);
  for (const size of [sizeClass(sample.endpoints.length), 'all']) {
    if (!table.has(size)) table.set(size, { cases: 0, bound: 0, of: new Map() });
    table.get(size).cases++;
    table.get(size).bound += most;
  }
  for (const [name, feelOf] of Object.entries(felts)) {
    const felt = feelOf(sample);
    for (const size of [sizeClass(sample.endpoints.length), 'all']) {
      const { of } = table.get(size);
      const sum = of.get(name) ?? { hinted: 0, inZone: 0, over: 0, busiest: 0 };
      sum.hinted += Number(felt.hinted);
      sum.inZone += felt.inZone;
      sum.over += Number(felt.busiest > 1 + overload + 1e-9);
      sum.busiest = Math.max(sum.busiest, felt.busiest);
      of.set(name, sum);
    }
  }
}

const percent = (part) => `${(part * 100).toFixed(1)} %`;
console.log(`${count} random Services (seed ${seed}), overload threshold ${overload}`);
console.log('\n| endpoints | strategy | hinted | in zone | of the bound | over the limit | busiest endpoint |');
console.log('|---|---|---|---|---|---|---|');
for (const size of ['1-2', '3-5', '6-9', '10-19', '20+', 'all']) {
  const row = table.get(size);
  if (row === undefined) continue;
  const most = percent(row.bound / row.cases);
  console.log(`| ${size} (${row.cases}) | bound: what no hints within the limit can beat | | ${most} | 100.0 % | | |`);
  for (const [name, sum] of row.of) {
    const cells = [
      `${size} (${row.cases})`,
      name,
      percent(sum.hinted / row.cases),
      percent(sum.inZone / row.cases),
      percent(sum.inZone / row.bound),
      percent(sum.over / row.cases),
      `${sum.busiest.toFixed(2)}x`,
    ];
    console.log(`| ${cells.join(' | ')} |`);
  }
}

// --check: the rows of the pages are these figures.
if (check) {
  const short = (text) => text.replace('.0 %', ' %');
  const all = table.get('all');
  const wanted = [...all.of].map(([name, sum]) => ({
    name,
    cells: [
      short(percent(sum.hinted / all.cases)),
      percent(sum.inZone / all.cases),
      short(percent(sum.over / all.cases)),
      `${sum.busiest.toFixed(2)}x`,
    ],
  }));
  const wrong = ['README.md', 'docs/reference/benchmarks.md'].flatMap((page) => {
    const rows = readFileSync(new URL(`../${page}`, import.meta.url), 'utf8')
      .split('\n')
      .map((line) => line.split('|').map((cell) => cell.replace(/ \(.*of the bound\)/, '').trim()))
      .filter((cells) => cells.length === 7);
    const shown = wanted.flatMap(({ name, cells }) =>
      rows.filter((row) => row[1] === name).map((row) => [name, cells.join(), row.slice(2, 6).join()]),
    );
    if (!shown.some(([name]) => name === 'balanced')) return [`${page} has no row for balanced`];
    return shown
      .filter(([, is, says]) => is !== says)
      .map(([name, is, says]) => `${page}, ${name}: printed ${is}, written ${says}`);
  });
  for (const line of wrong) console.error(line);
  if (wrong.length > 0) process.exitCode = 1;
}
